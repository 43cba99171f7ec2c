/**
 * Ways to say the same, each line `one | other | … => replacement`. `(a|b|)` stands for its alternatives, the empty one
 * included. Words are reduced to dictionary forms on both sides. A replacement in `<…>` is a mark that `parse.ts` knows.
 */

/** Politeness, hedges and frames around the question proper. Removed. */
export const FRAMES = `
(can|could|would|will) you (please|kindly|possibly|) (tell|show|explain to|explain|give|teach|remind|inform|advise|help) me (please|) (about|on|regarding|what to know about|)
(can|could|would|will) you (please|kindly|possibly|) (suggest|recommend|list|name)
(can|could|would|will) you (please|kindly|possibly|) (explain|describe|clarify|tell|say|confirm|check|advise|specify|share|provide|list|outline|elaborate on|shed light on|talk about|help)
(can|could|would|will) you (please|kindly|possibly|) (let|help) me (know|understand|figure out|find out) (about|)
(can|could|would|will) you (please|kindly|possibly|) (walk|guide|take) me through
(can|could|might|may) i (please|kindly|) (ask|know|find out|check|learn|inquire) (about|if|whether|)
(can|could|will|would) (anyone|someone|anybody|somebody) (please|) (tell|show|explain to|explain|help|advise|clarify) (me|) (with|)
(i|we) (want|need|wish|would like|would love|be hope|be try|be look|be interested|hope|try) to (know|learn|understand|find out|figure out|ask|inquire|check|hear) (more|) (about|if|whether|)
(i|we) (want|need|wish|would like) (some|more|any|) (information|details|info|clarification) (about|on|regarding)
(i|we) be (just|) (wonder|curious|ask|unsure|confused|uncertain|inquire|interested in know|not sure|not certain) (about|if|whether|as to|)
(i|we) (just|) (wonder|wondered) (about|if|whether|)
(i|we) (do not|can not) (know|understand|remember|recall|seem to find|find out|figure out|get|work out|see) (about|if|whether|)
(i|we) (have|have got|got) (a|one) (quick|short|simple|small|) question (about|regarding|on|:)
(do|does|did) (you|anyone|anybody|someone) (happen to|) (know|remember|recall) (about|if|whether|)
(do|does) (you|anyone|anybody) have (any|an|some) (idea|clue|information|info) (about|on|of|if|)
(be|) (there|) any (idea|clue|chance you know) (about|on|of|if|)
any (idea|clue|thoughts|guess) (about|on|of|)
be it possible to (know|find out|tell me)
be you able to (tell|explain|show|help|tell me|show me|explain to me|help me)
would you (mind|be able to|be so kind as to) (tell|telling|explain|explaining|show|showing|tell me|telling me|explain to me|show me)
(please|kindly) (tell|explain|describe|clarify|inform|advise|let me know|list|outline|provide|share|help) (me|us|to me|) (about|)
(tell|inform|remind|teach) me (please|more|) (about|on|)
(let|make) me know (about|if|)
help me (to|) (know|understand|find out|figure out) (about|)
(explain|describe|clarify) (to|for) me
(i would|i will) (appreciate|be grateful) (if|it if|to know) (you|)
(i want|i need|i would like) (you to|) (tell|explain|describe|give) (me|us|to me) (about|)
(i|we) (need|want|could use|would like|require|be look for) (some|your|a bit of|a little|any|) (help|assistance|support|guidance|advice) (with|in|to|on|about|for|)
(can|could) (i|we) (get|have) (some|any|) (help|assistance|information|info|details) (with|in|on|about|regarding)
please (help|assist) (me|us|) (with|to|)
(give|provide|send) me (some|the|) (information|details|info|explanation|overview) (about|on|of|regarding)
it would be (great|nice|helpful) if you could
thank you (very much|so much|in advance|)
thanks (in advance|a lot|so much|)
(hi|hello|hey|greetings|dear) (there|team|all|everyone|sir|support|)
good (morning|afternoon|evening) (everyone|team|)
(by the way|as soon as possible|if possible|if you can|if you do not mind|if i may ask|if that be okay|for me|at all|right now|at the moment|at present|these days|nowadays|in general|generally speaking|in fact|as well|of course|in order|to be honest|for some reason|on earth|exactly be it that|you know|i guess|i think|i believe|it seem|it seem that|it look like|i mean|so far|as of yet|as of now|any more|anymore)
(please|kindly|thanks|sorry|excuse me|just|actually|basically|simply|really|currently|presently|exactly|precisely|specifically|literally|typically|usually|normally|generally|commonly|ordinarily|essentially|quite|rather|very|so|pretty|perhaps|maybe|possibly|probably|anyway|okay|well|somehow|particular|certain|respective|ever|also|even|too|else|already|yet|own|personally|successfully|properly|correctly|easily|correspondingly|altogether|originally|initially|officially|apparently)
(my question be|question be|here be my question|quick question)
(anyone|someone|somebody) (know|knows)
`;

/** Turns of phrase with one meaning, and marks for what is asked. */
export const PHRASES = `
how (do|can|could|should|would|might|must|may|will|shall) (i|you|we|one|someone|people|somebody|a person|a user|users|customers|anyone) (go about|best|go ahead and|) => <howto>
how (do|can|could|should|would) (i|you|we|one) (have to|need to|get to|be able to|manage to) => <howto>
how (be|be i|be you|be one|be we) (able|suppose|meant|go) to => <howto>
how (to|to go about|to best|to go on|can i go about|do i go about) => <howto>
how would (i|you|one|we) go about => <howto>
(what be|what would be|what are) (the|a|some|) (best|right|proper|correct|appropriate|recommended|standard|good|usual|easiest|simplest|easy|simple|) (way|method|process|procedure|approach|technique|steps|step|manner|means|instructions|ways|methods) (i can use|) (to|for|of|in) => <howto>
(what be|be) (the|) (steps|process|procedure) (involved in|i need to follow to|to follow to|require to|need to|i should take to|for|to) => <howto>
(what|which) (steps|step|actions|action|procedure|process|approach|method) (do|should|must|can|would|will) (i|you|we|one) (need to|have to|) (take|follow|use|do|go through) (in order|) (to|for) => <howto>
what (do|should|must|can|would) (i|you|we|one) (need to|have to|) do (in order|) to => <howto>
what be (require|need|involved|necessary) (to|in|for) => <howto>
(in what|what|which) way (can|do|could|should) (i|you|we|one) => <howto>
(steps|instructions|guide|tutorial|procedure|process|directions|tips|guidance|method|way) (for|to|on) => <howto>
(steps|instructions|guide|directions) on how to => <howto>
(show|teach|tell) me (how to|how i can|how i|the way to|the steps to|ways to) => <howto>
(explain|describe|demonstrate) (how to|how i can|the steps to|the process of|the procedure for|how i|how one can|how you) => <howto>
walk me through (how to|the steps to|the process of|) => <howto>
(need|want|look for) (help|instructions|steps|guidance) (to|on|with|on how to) => <howto>
(where|how) do i (go|start|look) (to|in order to) => <howto>
how (i|you|we|one) (can|could|should|would|do|be able to|be suppose to|may) => <howto>
(the|) way (i|you|we|one) (can|could|should) => <howto>
(be|do) there (exist|) (a|any|some) (way|method|means|possibility|option|chance) (to|for|of|that i can|i can|for me to|for users to|we can) => <way>
be it (possible|feasible|doable) (for me|for one|for us|for you|for someone|for a user|) to => <can>
be it possible that (i|we|you) => <can>
(be|will) (i|you|we|one|someone|users|customers) (able|free) to => <can>
(can|could|may|might) (i|you|we|one|someone|a person|people|users|customers|somebody|anyone) => <can>
do (i|we|you|users|customers|one) have the (ability|option|possibility) to => <can>
(do|does) (it|this|that|the system|the site|the application) (allow|let|permit) (me|one|you|users|us|) (to|) => <can>
(be|) (i|we|you|one|users|people|customers|anyone) (allow|permit) to => <may>
be it (okay|allow|permit|acceptable|fine|alright|permissible) (for me|for one|) (to|if i) => <may>
(do|would|will) (i|we|you|one|someone|people) (need|have|be require|be oblige|be suppose) to => <must>
(i|we) need to => <want>
(i|we|you|one) (must|have to|need to|have get to|be require to|be oblige to) => <must>
(must|need) (i|we|you|one) => <must>
be it (necessary|require|mandatory|compulsory|obligatory|need) (for me|for one|) (to|that i) => <must>
(should|ought) (i|we|you|one|people|someone) (to|) => <should>
(i|we|you|one) (should|ought to|be suppose to) => <should>
be it (advisable|recommended|wise|a good idea|good idea|smart|sensible|better|best) (for me|) to => <should>
(i|we) (want|need|would like|wish|be look|be try|plan|intend|hope|would love|be attempt|be hope|try|attempt) (to|to be able to) => <want>
(be|) (unable|not able) to => not <able>
(can|could) not => not <able>
fail to => not
(be unable|be not able|not be able|struggle) to => not <able>
(have|be have) (trouble|difficulty|problems|issues|a problem|an issue|a hard time|difficulties) => <trouble>
(do not|will not|be not|not|stop|have stop|quit|no longer) (work|function|respond|run) (properly|correctly|any more|) => not work
(be|get|) (=broken|out of order|not operational|malfunctioning|dysfunctional|defective|faulty) => not work
(do|would|will) not let me => not <able>
no (long|longer) => not
(what be|what are) (the|) (time|hour|date|day) (when|that|at which) => <when>
(at|) what (exact|) (time|hour) => <when>
(on|) (what|which) (day|date) => <when>
(in|) (what|which) year => <when> year
what (be|was) the (date|day|time) of => <when>
how soon (will|can|do|be|should) => <when>
how (quick|quickly|fast) (can|do|be|should|will|) => <what> speed
(what be|what was) the (reason|cause|reasons|causes|purpose|rationale) (for|of|behind|that|why|) => <why>
(for|) what reason => <why>
(what|which) (cause|make) => <why>
how come => <why>
why be it that => <why>
the (reason|reasons) (why|for|behind|that) => <why>
(what|which) (place|location|spot|site) => <where>
(in|at|) (what|which) (place|location) => <where>
(what be|what are) the (location|whereabouts|address) of => <where>
where (can|do|could|would|should|will|might) (i|you|we|one|someone|people) (be able to|go to|) => <where>
(what|which) (person|people|individual) => <who>
(what be|what was) the name of the (person|people|individual|man|woman) (who|that) => <who>
(what|which) (be|are) the (price|cost|fee|charge|rate) (of|for|to) => <howmuch> cost
(what be|) the (price|cost) (of|for) => <howmuch> cost
how much (do|does|will|would|should|be|must) (it|) (cost|charge|be) (me|) (for|to|) => <howmuch> cost
how much (do|does|will|would) => <howmuch>
how (expensive|costly) be => <howmuch> cost
what (do|does|will|would) (it|) cost (me|) (to|for|) => <howmuch> cost
how much (money|) (do|does|will|would|should) (i|you|one|we) (have to|need to|) (pay|spend) (for|to|) => <howmuch> cost
(what|which) (amount|quantity|sum|number) (of|) => <howmany>
what be the (total|) (number|amount|quantity|count) of => <howmany>
how (many|much) => <howmany>
the number of => <howmany>
(how long|how much time|what length of time|what amount of time) (do|will|would|should|do it|will it|would it|should it|) (take|need|require|) (for|to|before|until|till|) => <howlong>
(how long) (do|does|will|would|be|can|should|have|must) (it|) (take|last|) (for|to|before|until|) => <howlong>
what be the (duration|length|time frame|timeframe|turnaround) (of|for) => <howlong>
how many (day|week|month|year|hour|minute|second) (do|can|will|be|should|must|have) => <howlong>
how (often|frequently|regularly|many times) => <howoften>
(what be|) the frequency (of|with which) => <howoften>
at what (intervals|interval|frequency) => <howoften>
how far => <howfar>
what be the distance => <howfar>
how (old) be => <what> age
how (tall|high) be => <what> height
how (big|large) be => <what> size
how (deep) be => <what> depth
how (wide) be => <what> width
how heavy be => <what> weight
what do (it|) mean (by|to|when|) => <what> mean
(what be|) the (meaning|definition) of => <what> mean
(define|definition of) => <what> mean
how do (you|i|one|we) (define|interpret) => <what> mean
(what|which) (kind|type|sort|kinds|types|sorts|form|category) of => <what> type
(the|some|) (kind|type|sort) of => type
what (be|are) => <what>
what (do|does|did) => <what>
(describe|explain) what => <what>
which (be|are) => <what>
log in to | log into | sign in to | sign into | log on to | logon | log in | log on | sign in | sign on | login | signin | get into => login
log out of | sign out of | log off | sign off | log out | sign out | logout | signout => logout
sign up for | sign up | signup | register for | register | enroll in | enroll | create an account => register
set up | setup | set-up | setting up => setup
get rid of | throw away | throw out | dispose of | discard | do away with => dispose
get in touch with | reach out to | get hold of | get ahold of | make contact with | get through to => contact
find out | figure out | work out => discover
(get|receive|obtain|claim|request|ask for) (a|my|the|) refund (for|of|on|) => refund
(get|have|receive) my money back (for|on|) => refund
money back => refund
(give|gave) back => return
send back => return
pay (me|us) back => repay
turn on | switch on | power on | power up => turn_on
turn off | switch off | power off | power down | shut down | shut off => turn_off
pick up => pickup
carry out => perform
look for => search
look up => search
take place => happen
go up => increase
go down => decrease
a lot of | lots of | plenty of | a large number of | a great deal of | a large amount of => many
as well as | along with | together with | in addition to => and
such as | for example | for instance => like
in case of | in the event of | in case | provided that | assuming | in the event that => if
as long as => if
instead of | rather than | in place of => instead_of
other than | apart from | aside from | except for | with the exception of => except
because of | due to | owing to | on account of => because
according to => per
prior to | ahead of => before
subsequent to => after
in front of => before
next to | close to | nearby => near
less than | fewer than | under => below
more than | greater than | over | exceeding => above
at least | no less than | a minimum of => atleast
at most | no more than | up to | a maximum of => atmost
on top of => above
by means of | by way of | with the help of | with the use of | by using | making use of => using
make use of => use
take advantage of => use
get back => recover
take off => takeoff
(free|without) (of|) charge | for free | at no cost => free
two factor authentication | two step verification | 2 factor authentication | 2 step verification | 2fa | mfa | multi factor authentication | two factor | 2 factor => two_factor_authentication
united states of america | united states | u.s.a. | u.s. | the us | usa | america => united_states
united kingdom | great britain | u.k. | uk | britain => united_kingdom
european union | eu => european_union
new york city | nyc | new york => new_york
los angeles => los_angeles
san francisco => san_francisco
artificial intelligence | ai => artificial_intelligence
machine learning | ml => machine_learning
operating system | os => operating_system
frequently asked questions | faq | faqs => faq
terms and conditions | terms of service | terms of use => terms_of_service
customer service | customer support | customer care | support team | help desk | helpdesk | tech support | technical support => customer_support
credit card => credit_card
debit card => debit_card
gift card | gift voucher => gift_card
zip code | postal code | postcode => postal_code
cell phone | mobile phone | mobile telephone | cell telephone | smart phone | smartphone | cellular phone => telephone
e mail | electronic mail | email address | e mail address | email => email
wi fi | wireless network | wifi => wifi
web site | website | web page | webpage => website
user name | username | user id => username
pass word | pass code | passcode | password => password
hard drive | hard disk => hard_drive
social security number | ssn => social_security_number
date of birth | birth date | birthdate | dob => birthdate
opening hours | business hours | opening times | hours of operation | working hours | store hours | office hours | hours of business => opening_hours
open time => opening_hours
top up | topup | add money to | add funds to | load money onto => top_up
swimming pool => pool
ice cream => ice_cream
side effect | adverse effect => side_effect
high blood pressure | hypertension => hypertension
heart attack | myocardial infarction => heart_attack
blood sugar | blood glucose => blood_sugar
chief executive officer | chief executive | ceo => ceo
stock market | share market => stock_market
world war (two|ii|2) | second world war | ww2 | wwii => world_war_2
world war (one|i|1) | first world war | ww1 | wwi => world_war_1
global warming => climate_change
climate change => climate_change
pull request | merge request => pull_request
command line | terminal | cli => command_line
source code => code
pros and cons | advantages and disadvantages | benefits and drawbacks | upsides and downsides | strengths and weaknesses => pros_and_cons
black and white => black_and_white
day to day => daily
every day | each day | per day | a day => per day
every week | each week | per week | a week => per week
every month | each month | per month => per month
every year | each year | per year | per annum => per year
daily => per day
weekly => per week
monthly => per month
(yearly|annually|annual) => per year
hourly => per hour
as soon as => when
in spite of => despite
be about to => will
be going to => will
used to => formerly
would like => want
(have|need|have get) to => must
unless => if not
(=forbidden|=prohibited|=banned|=disallowed) => not allow
go through => succeed
(be there|there be) (a|any|some) (particular|) (reason|cause) (why|that|for|) => <why>
what (happen|go wrong|have go wrong|have happen) => <why>
once (i|you|we|he|she|it|they|the|my|your) => after
show me where => <where>
show me when => <when>
show me why => <why>
show me which => which
(i|we) have no idea (about|how|why|what|where|when|) =>
how long until => <howlong>
(recommended|advisable|advised) => <should>
(mandatory|compulsory|obligatory) => <must>
just (the|my|one|this|these|those|our) => only
(give|show|list|name|suggest|recommend|send|find) me (some|a|the|an|any|a list of|) => <what>
how many times => <howoften>
how do i find out =>
(differ|difference) (between|from) => difference
(what|how) be (difference|different) => <what> difference
(what set|how do) => how
(in what|what) way do => how
distinguish (between|) => difference
versus => difference
compare to | compare with | in comparison to | compared against => versus
capital city => capital
population size => population
(how many|number of) people live in => <howmany> population
(how many) (inhabitants|residents) (do|be in|live in|) => <howmany> population
be locate in | be situate in | be find in => <where>
(be|) (located|situated) => <located>
come (with|) => include
(be|) comprise of | consist of | be make up of | be compose of => contain
take care of | look after => care_for
(go|do) bad => spoil
(have|get) a look at | take a look at => see
be responsible for => cause
lead to | result in | give rise to | bring about => cause
bring back => return
keep track of => track
come from => originate
be bear => birth
be die => die
pass away => die
tie up => tie
(ask for|) request => request
a couple of => couple
be open => open
be closed => close
how be => how
`;
