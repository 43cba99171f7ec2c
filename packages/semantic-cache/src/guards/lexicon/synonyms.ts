/** Words that stand for each other in questions, beyond the dictionary's groups. Each line is one group. */
export const SYNONYMS = `
refund reimbursement reimburse repayment
cancel terminate end stop discontinue unsubscribe
cancel delete
delete remove erase
fix repair resolve solve troubleshoot correct sort mend
change modify alter edit update adjust amend
change switch
cost price fee charge rate pricing
price pricing expensive
buy purchase order get acquire
ship deliver send dispatch
shipping delivery shipment
arrive come reach deliver
package parcel shipment delivery
item product article good merchandise
purchase order
contact reach call
customer client user
employee worker staff
company firm business organization corporation
car automobile vehicle
movie film
picture image photograph photo
begin start commence launch initiate
finish end complete conclude
happen occur
error mistake bug
error failure
error exception
issue problem trouble difficulty
create make generate build produce
show display view see
find locate search discover
get obtain receive acquire
get retrieve fetch
use utilize employ
help assist aid support
require need
allow permit let enable
stop prevent avoid
choose select pick opt
convert change transform turn translate
copy duplicate clone
cut reduce
reduce lower decrease minimize
increase raise boost improve
improve enhance boost better
increase grow
safe secure
big large huge
small little tiny
fast quick rapid
quickly fast rapidly
kid child
doctor physician
lawyer attorney
job position occupation role
money fund cash
pay payment
salary wage pay
store shop
near close nearby
ill sick
begin start
speak talk
reply respond answer
ask inquire
phone telephone mobile cellphone smartphone
laptop notebook
computer pc
program application software
folder directory
function method
argument parameter
remove uninstall
join merge combine concatenate
sort order arrange
check verify confirm
verify authenticate
verify validate
account profile
password passcode
reset change
reset restore
recover restore retrieve
track trace follow
hotel accommodation
flight plane
trip journey travel
visit see
book reserve
booking reservation
booking reserve
ticket fare
luggage baggage bag
seat place
weather forecast
main primary principal chief key
important significant crucial essential vital
main major
best top
best ideal optimal
benefit advantage perk
drawback disadvantage downside
difference distinction
kind type sort
reason cause
cause trigger
effect impact influence consequence
symptom sign
treat cure
treatment therapy remedy
medicine medication drug
lose drop
lose misplace
lost misplaced missing
steal stolen
mail post
mailing postal
letter mail
quick simple easy
easy simple
rule regulation
law legislation
policy rule
country nation
city town
earth planet
people population
people human
human person
inventor invent
write author
author writer
compose write
paint create
build construct
building construction
found establish start create
discover find
lead head
leader head
president leader
rich wealthy
smart intelligent clever
begin originate
origin source
last endure
last end
live reside
residence home house
apartment flat
rent lease
movie picture
teach instruct
learn study
university college
school college
student pupil
exam test examination
homework assignment
meal food dish
cook prepare
recipe dish
bake cook
store keep preserve
freeze chill
grow cultivate
plant grow
clean wash
wipe clean
connect link attach
connect pair
wifi internet
internet web
website site page
browser navigator
download get
upload post
install setup
setup configure
set configure
configuration setting
setting option preference
enable activate turn_on
disable deactivate turn_off
run execute
launch open
quit exit close
crash fail
slow sluggish
update upgrade
version release
file document
text message sms
message send
email mail
alert notification
notify inform alert
remind reminder
schedule plan
meeting appointment
appointment booking
minimum least
maximum limit
maximum most
limit cap restriction
deadline date
expire end
expiration expiry
renew extend
extend prolong
warranty guarantee
insurance coverage
coupon voucher discount code
discount promotion
deal offer
free complimentary
bill invoice
invoice receipt
tax duty
transfer send move
transfer remit
withdraw take
deposit put
balance amount
loan credit
interest rate
invest put
statement report
branch office
identity identification
proof evidence
document paperwork
form application
apply request
submit send file
decline reject refuse deny
block restrict
freeze block
replace substitute swap
replacement substitute new
exchange swap
exchange convert
return send
broken damaged faulty defective
damage harm
wrong incorrect
right correct
accurate correct
show appear
appear visible
worry concern
hard difficult
tough hard
typical average
average mean
usual normal
normal typical
amount quantity
quantity number
total sum
frequent common
popular common
famous well_known
current present
current latest
latest newest recent
new recent
old aged
nowadays today
annual yearly
car auto
automobile auto
road street
fuel gas petrol gasoline
petrol gasoline
soccer football
autumn fall
elevator lift
vacation holiday
cookie biscuit
trash garbage rubbish
sofa couch
pants trouser
sneaker trainer shoe
subway metro underground
train rail
bus coach
taxi cab
truck lorry
zip postcode
mom mother
dad father
grandma grandmother
grandpa grandfather
pet animal
dog puppy canine
cat feline kitten
baby infant newborn
teenager teen adolescent
old elderly senior
spouse partner
gender sex
weight mass
speed velocity
height elevation altitude
height tall
length long
depth deep
width wide
age old
distance far
temperature hot warm
size big large
hot warm
duration length time
boil cook
boiling boil
freezing freeze
located location situate
location place
headquarters office
born birth
die death
death pass
kill destroy
marry wedding marriage
divorce separation
vote election
war conflict
battle fight
army military
peace treaty
king monarch
government administration
economy economic
finance financial
market marketplace
stock share
currency money
gold bullion
value worth
worth value
cheap inexpensive affordable
expensive costly pricey
luxury premium
fee tariff
penalty fine
charge bill
charge debit
top_up recharge
top_up load
recharge charge
card plastic
atm machine
abroad overseas foreign
foreign international
international overseas
global worldwide
worldwide international
fail decline
succeed work
work function operate
operate run
operation function
device gadget
screen display monitor
keyboard key
button key
battery power
power energy electricity
charger adapter
cable cord wire
camera lens
sound audio
audio sound
video clip
song track music
singer artist
actor performer
book novel
chapter section
list enumerate
example sample
sample specimen
summary overview
summarize outline
explain describe clarify
describe define
mean signify
meaning definition
translate translation
language tongue
word term
sentence phrase
spell write
pronounce say
count number
calculate compute determine work_out
estimate calculate
measure calculate
equation formula
solve calculate
array list
dictionary map hashmap
string text
integer int
loop iterate
iterate traverse
reverse invert
remove strip
split divide
read parse
load import
declare define
define create
call invoke
print output
print display
compile build
deploy release publish
test check
debug troubleshoot
library package module
framework library
database table
query search
server host
container docker_container
repository repo
commit save
branch fork
merge combine
clone copy
push upload
pull download
revert undo
undo reverse
rename change
move transfer
resize scale
crop trim
rotate turn
compress shrink
shrink reduce
encrypt secure
backup save
sync synchronize
share send
invite add
member user
role permission
permission access
access reach
access login
admin manager
manager boss supervisor
boss chief
hire recruit employ
fire dismiss
quit resign leave
resign leave
retire pension
retirement pension
healthy good
unhealthy harmful bad
harmful dangerous bad
dangerous risky hazardous
risk danger
allergy allergic
pain ache hurt
headache migraine
fever temperature
cough cold
flu influenza
vaccine shot jab vaccination
exercise workout train
gym fitness
fat overweight
diet eat
eat consume
drink consume
sleep rest
tired fatigued exhausted
stress anxiety
happy glad
sad unhappy
angry mad
scared afraid
beautiful pretty attractive
ugly unattractive
strange weird odd
funny humorous
idea suggestion
suggest recommend advise
recommendation suggestion
advice tip
tip hint
opinion view
believe think
decide determine
goal aim objective
purpose function
task job
job work
project assignment
method technique approach
technique strategy
strategy plan
stage phase step
procedure process
component part element
part piece
feature characteristic property
property attribute
quality characteristic
color colour hue
shape form
material substance
substance chemical
mixture blend
mix combine blend
add include
contain include hold
hold store
storage space
space room
room bedroom
kitchen cookroom
garden yard
tree plant
flower blossom
leaf foliage
river stream
sea ocean
mountain peak
hill mound
desert wasteland
forest wood
island isle
border boundary
edge border
center middle
middle midpoint
top peak
bottom base
side flank
corner angle
front face
back rear
eligible qualify qualified
qualify eligibility
eligibility requirement
requirement prerequisite
criterion requirement
need requirement
must mandatory
mandatory compulsory obligatory required
optional voluntary
legal lawful
illegal unlawful
prohibited banned forbidden
allowed permitted
valid acceptable
invalid unacceptable
sign signature
subscribe subscription
subscription membership plan
membership subscription
join subscribe register
register signup enroll
registration enrollment signup
leave exit
departure leave
opening open
closing close
opening_hours hour
available availability
stock available
accept take
take accept
supported accept
support handle
compatible work
compatible support
offer provide
provide give supply
supply deliver
give hand
grant give
earn make
gain get
win earn
lose forfeit
spend use
save store
save keep
keep maintain
maintain preserve
protect guard secure
protection security
security safety
safety secure
private confidential
privacy private
public open
share distribute
distribute spread
spread transmit
transmit send
broadcast air
receive get
reach get
travel go
move relocate
relocation move
walk stroll
run jog
drive ride
fly flight
sail boat
park parking
rent hire
`;
