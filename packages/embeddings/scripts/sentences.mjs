// Sentences written for this project, from which the static table learns what everyday words have to do with each other.
// A small grammar: "{name}" stands for a random entry of that list.

const lists = {
  person:
    "man|woman|boy|girl|child|baby|doctor|nurse|teacher|student|farmer|chef|driver|police officer|soldier|tourist|neighbour|artist|singer|dancer|carpenter|lawyer|engineer|mayor|journalist|cyclist|runner|grandmother|uncle|waiter",
  people:
    "two men|three women|several children|some friends|a family|a group of students|the workers|the players|many visitors|a crowd|the firefighters|young people|the twins|tourists|the passengers",
  animal: "dog|cat|horse|bird|puppy|kitten|cow|sheep|rabbit|monkey|elephant|fish|duck|tiger|panda|goat|turtle|parrot|bear|squirrel",
  doing:
    "playing the guitar|riding a bicycle|slicing an onion|cutting vegetables|cooking dinner|reading a newspaper|dancing on a stage|running along the beach|swimming in the lake|driving a truck|washing the dishes|climbing a wall|painting a fence|talking on the phone|writing a letter|sleeping on the sofa|eating an apple|drinking coffee|taking a photo|feeding the ducks|walking in the rain|singing a song|opening a box|kicking a ball|waiting for the train|mowing the lawn|fixing an engine|building a tent|carrying a basket|watching television",
  animalDoing:
    "running through the grass|jumping over a fence|sleeping in the sun|eating from a bowl|swimming across a pond|chasing a ball|climbing a tree|drinking water|looking out of the window|lying on the carpet|standing in a field|playing with a toy",
  where:
    "in the park|at the station|on the street|in a kitchen|near the river|at school|in the garden|on a mountain|in a hospital|at the airport|in the office|by the sea|in a museum|on the roof|at the market|in a forest|under a bridge|in the living room|at a concert|on a farm",
  adjective:
    "small|large|old|young|brown|black|white|red|green|happy|tired|angry|beautiful|heavy|quiet|fast|slow|wet|expensive|cheap|modern|broken|famous|strange|careful",
  country:
    "France|Germany|Japan|China|India|Brazil|Egypt|Canada|Mexico|Russia|Italy|Spain|Turkey|Iran|Israel|Syria|Ukraine|Kenya|Nigeria|Australia|South Korea|Pakistan|Sweden|Greece|Britain|the United States",
  official:
    "president|prime minister|foreign minister|government|parliament|supreme court|army|police|central bank|opposition|health ministry",
  event:
    "an earthquake|a flood|a bomb attack|a train crash|heavy snow|a general strike|new elections|peace talks|a wildfire|a protest march|a trade agreement|an oil spill|a plane crash|a court ruling|rising prices|a ceasefire|a power failure",
  number: "two|three|four|five|seven|nine|ten|twelve|fifteen|twenty|thirty|fifty|a hundred|two hundred|a thousand",
  day: "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|yesterday|last week|this morning|in January|in March|in August|in December|last year",
  company:
    "airline|bank|car maker|phone company|supermarket|software firm|drug maker|newspaper|oil producer|railway|hotel chain|insurer|start-up",
  money: "shares|profit|revenue|sales|costs|the share price|interest rates|wages|exports|unemployment|inflation|debt",
  move: "rose|fell|jumped|dropped sharply|climbed slightly|stayed flat|doubled|recovered|sank|increased by a fifth",
  product:
    "laptop|phone|jacket|pair of shoes|coffee machine|book|bicycle|lamp|sofa|camera|printer|headset|subscription|ticket|gift card|mattress|watch|tablet|keyboard|monitor",
  problem:
    "does not switch on|arrived damaged|is too small|makes a loud noise|keeps disconnecting|is the wrong colour|has a scratch|will not charge|stopped working|was never delivered|overheats|is missing a part",
  want: "return it|get a refund|exchange it|cancel my order|change the delivery address|speak to a person|track my parcel|get an invoice|use a discount code|pay by instalments|delete my account|reset my password|change my email address|update my billing details|upgrade my plan|download my data|report a bug|book an appointment|change my seat|extend the warranty",
  dish: "rice|noodles|soup|chicken curry|apple pie|lentils|salad|pancakes|fried eggs|tomato sauce|bread|cheese cake|roast potatoes|grilled fish|beans|mushroom risotto",
  ingredient: "salt|sugar|garlic|butter|flour|cream|pepper|lemon|olive oil|milk|ginger|honey|vinegar|basil",
  subject:
    "photosynthesis|gravity|the French Revolution|black holes|compound interest|vaccines|evolution|the water cycle|inflation|quantum mechanics|plate tectonics|machine learning|recursion|climate change|the immune system|poetry|supply and demand|electric motors|DNA|democracy",
  language: "Python|JavaScript|TypeScript|Java|C++|SQL|Rust|Go|HTML|Bash",
  code: "sort a list|parse JSON|read a file|connect to a database|remove duplicates|send an HTTP request|write a unit test|reverse a string|compute the average|validate an email address|handle an exception|merge two arrays|format a date|cache a result",
  bug: "null pointer exception|memory leak|syntax error|timeout|race condition|type error|segmentation fault|import error|permission denied error|infinite loop",
  symptom:
    "a headache|a fever|back pain|a sore throat|a cough|an allergy|a broken arm|trouble sleeping|high blood pressure|a toothache|stomach pain|a rash",
  remedy:
    "rest|drink water|see a doctor|take an aspirin|exercise more|avoid sugar|call an ambulance|wear a bandage|eat vegetables|stay at home",
  sport: "football|tennis|basketball|cricket|golf|hockey|baseball|swimming|boxing|cycling|skiing|rugby",
  result:
    "won the final|lost the match|scored twice|was injured|broke the record|signed a new contract|missed a penalty|reached the semi-final|retired",
  trip: "a flight|a hotel room|a train ticket|a rental car|a table for dinner|a guided tour|a visa|travel insurance",
  city: "Paris|London|Tokyo|New York|Berlin|Rome|Madrid|Cairo|Mumbai|Sydney|Toronto|Beijing|Istanbul|Lagos|Chicago|Vienna",
  weather: "rain|snow|sunshine|strong wind|fog|a storm|hot weather|freezing temperatures",
  music: "song|album|film|novel|painting|television series|video game|play|documentary|concert",
  opinion:
    "I loved|I hated|Critics praised|Nobody understood|My sister recommended|I fell asleep during|Everyone is talking about|I would not recommend",
  legal: "contract|lease|patent|will|privacy policy|court order|invoice|tax return|insurance claim|work permit",
  work: "write a report|prepare the slides|schedule a meeting|answer the email|hire a designer|review the budget|plan the project|translate the document|summarise the article|proofread my essay|draft a contract|analyse the survey",
  feeling: "happy|sad|nervous|proud|lonely|excited|bored|grateful|afraid|confused",
};

const templates = [
  "A {person} is {doing}.",
  "The {adjective} {person} is {doing} {where}.",
  "{people} are {doing}.",
  "{people} are {doing} {where}.",
  "Nobody is {doing}.",
  "A {person} is not {doing}.",
  "A {animal} is {animalDoing}.",
  "A {adjective} {animal} is {animalDoing} {where}.",
  "The {person} and the {animal} are {where}.",
  "The {adjective} {product} lies {where}.",
  "There is {event} in {country}.",
  "{number} people died after {event} in {country} on {day}.",
  "The {official} of {country} spoke about {event}.",
  "{country}'s {official} rejects talks with {country}.",
  "{event} hits {country}, {number} injured",
  "The {official} said {day} that {event} would continue.",
  "The {company}'s {money} {move} {day}.",
  "Analysts expect that {money} of the {company} {move}.",
  "A {company} from {country} buys a {company} for {number} million dollars.",
  "In {country}, {money} {move}.",
  "My {product} {problem}.",
  "The {product} I bought {day} {problem}, what should I do?",
  "How do I {want}?",
  "I want to {want}.",
  "Can you help me to {want}?",
  "Is it possible to {want} after {number} days?",
  "Why can't I {want}?",
  "My {product} {problem} and I would like to {want}.",
  "How long does it take to cook {dish}?",
  "What can I use instead of {ingredient} in {dish}?",
  "Add {ingredient} and {ingredient} to the {dish}.",
  "Give me a recipe for {dish} without {ingredient}.",
  "A {person} puts {ingredient} on the {dish}.",
  "Explain {subject} in simple words.",
  "What is {subject}?",
  "Who discovered {subject}?",
  "Write a short essay about {subject}.",
  "What is the difference between {subject} and {subject}?",
  "How do I {code} in {language}?",
  "Write a {language} function to {code}.",
  "My {language} program fails with a {bug} when I {code}.",
  "How to fix a {bug} in {language}?",
  "I have {symptom}, should I {remedy}?",
  "For {symptom} it helps to {remedy}.",
  "The {person} has {symptom}.",
  "{country} {result} against {country} in {sport}.",
  "The {sport} player {result} {day}.",
  "What are the rules of {sport}?",
  "I need {trip} from {city} to {city} on {day}.",
  "Book {trip} in {city} for {number} people.",
  "What is the weather like in {city} {day}?",
  "{weather} is expected in {city} on {day}.",
  "How far is {city} from {city}?",
  "{opinion} the {music}.",
  "Which {music} is about {subject}?",
  "What does my {legal} say about {money}?",
  "The {person} signed the {legal} {day}.",
  "Please {work} about {subject}.",
  "Could you {work} by {day}?",
  "Remind me to {work} on {day}.",
  "I feel {feeling} because my {animal} is ill.",
  "The {person} was {feeling} {where}.",
  "A {person} is giving a {product} to a {person}.",
  "How many people live in {city}?",
];

/** A generator of numbers in [0, 1), the same for the same seed. */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` different sentences. */
export function sentences(count, seed) {
  const random = seeded(seed);
  const pick = (options) => options[Math.floor(random() * options.length)];
  const entries = Object.fromEntries(Object.entries(lists).map(([name, text]) => [name, text.split("|")]));
  const made = new Set();
  for (let attempts = 0; made.size < count && attempts < count * 10; attempts += 1) {
    const text = pick(templates).replaceAll(/\{(\w+)\}/g, (_, name) => pick(entries[name]));
    made.add(text[0].toUpperCase() + text.slice(1));
  }
  return [...made];
}
