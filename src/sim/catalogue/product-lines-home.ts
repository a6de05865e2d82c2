/** More of the shop's products, in the form that product-lines.ts explains. */

export const APPAREL = `
T-shirt, organic cotton|610910|1490|300x220x20|180|@sizes
Long-sleeve top|610910|1990|310x230x25|230|@sizes
Polo shirt|610510|2490|310x230x30|260|@sizes
Oxford shirt|620520|3990|340x250x40|310|@sizes
Linen shirt|620690|4490|340x250x35|280|@sizes
Knitted jumper|611020|4990|360x290x70|520|@sizes
Merino cardigan|611011|6990|360x290x65|430|@sizes
Hooded sweatshirt|611020|4490|370x300x80|640|@sizes
Straight jeans|620342|5990|380x280x60|720|@sizes
Chino trousers|620342|4990|370x270x50|520|@sizes
Jogging bottoms|610342|3490|360x270x55|430|@sizes
Summer dress|620442|4990|350x260x40|290|@sizes
Pleated skirt|620459|3990|340x260x35|310|@sizes
Rain jacket|620293|7990|390x310x80|610|@sizes
Quilted winter coat|620193|12990|520x400x140|1350|@sizes
Padded gilet|620193|5990|430x330x90|520|@sizes
Running tights|611490|3990|310x220x25|240|@sizes
Sports bra|621210|2990|260x200x40|140|@sizes
Boxer shorts, 3 pack|610711|2490|240x180x40|230|@sizes
Ankle socks, 5 pack|611595|1290|230x150x60|210|EU 35-38,EU 39-42,EU 43-46
Hiking socks|611594|1490|230x130x50|120|EU 35-38,EU 39-42,EU 43-46
Canvas trainers|640411|4990|330x210x120|820|@shoes
Leather boots|640391|11990|350x300x130|1650|@shoes
Slippers, felt|640520|2990|310x210x100|410|@shoes
Children's pyjamas|610831|1990|300x220x40|260|@children
Children's raincoat|620293|2990|330x250x50|340|@children
Children's leggings, 2 pack|611490|1490|280x200x30|190|@children
Wool scarf|611710|2990|320x220x50|210|@colours
Beanie hat|650500|1990|240x180x50|90|@colours
Leather belt|420330|3490|180x180x50|260|85 cm,95 cm,105 cm
`;

export const TOYS = `
Wooden building blocks|950300|2490|320x230x100|1450|50 pieces,100 pieces*2
Wooden train set|950300|3990|400x280x110|1900|30 pieces,52 pieces*2
Jigsaw puzzle|950300|1290|370x270x55|720|100 pieces,500 pieces*1,1000 pieces*1
Board game: Harbour Masters|950490|3490|300x300x70|1250|base game,expansion*1
Board game: Lantern Trail|950490|2990|300x300x70|1100|base game,travel edition*1
Card game: Foxes and Hens|950440|990|130x95x25|180|standard
Plush bear|950300|1790|280x200x160|260|brown,white,honey
Plush rabbit|950300|1690|300x180x150|230|grey,cream
Play kitchen|950300|8990|620x420x180|9800|natural,white
Doll with wardrobe|950300|3990|360x250x110|720|Ida,Noor,Milo
Remote-control car|950300|3490|360x220x170|980|red,blue
Construction kit, crane|950300|4490|420x300x80|1300|214 pieces,388 pieces*1
Marble run|950300|2990|400x300x90|1400|80 pieces,150 pieces*2
Modelling clay, 12 colours|340700|890|210x150x40|420|12 x 30 g
Finger paints|321310|1190|240x170x80|680|6 colours
Colouring pencils|960910|690|210x180x20|210|24,48*2
Craft scissors, children|821300|390|170x70x15|60|right-handed,left-handed
Kite, delta|950300|1990|720x120x40|320|rainbow,sea
Scooter, 3 wheels|950300|5490|620x300x170|3100|blue,mint,pink
Balance bike|950300|6990|780x360x190|4600|12 in
Bath toys|950300|1290|230x200x90|260|sea animals,boats
Science kit, crystals|950300|1990|310x230x80|640|standard
Telescope, junior|900580|4990|480x220x150|1500|50 mm,70 mm*1
Musical set, rhythm|950300|2490|330x250x100|890|7 pieces
Ribbon, satin|580632|189|120x120x60|15|red,gold,ivory,forest|m
`;

export const HOUSEHOLD = `
Washing-up liquid|340250|249|90x50x240|560|@scents
Laundry liquid|340250|899|150x90x290|1600|20 washes,40 washes*2
Laundry powder|340250|1199|230x130x280|2600|colour,white,sensitive
Fabric softener|380991|399|120x80x270|1100|@scents
Dishwasher tablets|340250|999|220x160x110|780|40,80*2
Surface cleaner, spray|340250|329|110x60x270|860|@scents
Glass cleaner, spray|340250|289|110x60x270|820|500 ml,750 ml*1
Oven cleaner, spray|340250|549|65x65x260|520|500 ml|hazard=8
Drain cleaner|340290|499|90x60x240|1150|1 l|hazard=8
Toilet cleaner|340250|229|90x60x250|820|750 ml
Bleach|282890|199|95x70x260|1080|1 l,2 l*2|hazard=8
White spirit|271012|449|90x65x240|860|1 l|hazard=3
Firelighters|360690|299|200x130x60|420|48 pieces|hazard=4.1
Toilet paper|481810|449|380x250x120|980|8 rolls,16 rolls*2
Kitchen rolls|481820|349|450x230x120|720|4 rolls,8 rolls*2
Facial tissues|481820|199|230x120x80|280|100 sheets,3 x 100 sheets*3
Bin liners|392321|249|220x90x50|310|20 l,35 l*1,60 l*2
Aluminium foil|760711|299|320x60x60|260|20 m,50 m*2
Baking paper|481930|219|340x60x60|230|15 m
Sponges|392490|149|150x100x60|60|3 pack,6 pack*2
Microfibre cloths|630710|499|200x150x40|180|4 pack,10 pack*2
Broom, indoor|960390|1299|1300x300x70|720|beech,white
Mop and bucket set|960390|2499|480x290x280|1900|grey,teal
Laundry basket|392490|1799|560x400x280|1300|@colours
Clothes airer|732690|2999|1150x580x70|3200|18 m,20 m*1
Frying pan|732393|3499|480x290x80|1250|24 cm,28 cm*1
Saucepan with lid|732393|2999|370x210x170|1300|1.5 l,3 l*2
Chef's knife|821192|2999|360x80x30|260|18 cm,20 cm*1
Chopping board|441911|1999|400x280x25|1150|bamboo,beech
Storage jars|701090|1499|320x230x160|1600|3 pack,6 pack*2
Dinner plates|691110|2499|290x290x90|2600|set of 4 white,set of 4 blue
Water glasses|701337|1299|260x180x130|1500|set of 4,set of 6*2
Bed linen|630231|4999|380x300x70|1500|140 x 200,155 x 220*1,200 x 200*2
Bath towel|630260|1799|360x260x70|620|@colours
Scented candle|340600|1499|90x90x110|430|@scents
Picture frame|441400|1299|260x210x30|520|A4 oak,A4 black,A3 oak*2
Wall clock|910521|2499|320x320x60|780|@finishes
Curtain fabric|520852|1290|400x300x80|320|linen,ochre,slate|m
`;

export const GARDEN = `
Potting compost|310100|699|650x420x110|14000|20 l,40 l*2|large
Tomato feed|310520|599|95x70x260|1150|1 l
Lawn fertiliser|310520|1999|420x300x110|5200|5 kg,10 kg*2|hazard=5.1
Slug pellets|380869|799|110x80x220|620|600 g|hazard=9
Hand trowel|820110|899|330x90x60|260|ash,steel
Secateurs|820150|1999|240x90x35|320|bypass,anvil
Spade|820110|2999|1120x200x110|2100|standard,compact
Garden fork|820110|3199|1100x200x120|2200|standard
Leaf rake|820130|1899|1450x450x60|890|adjustable
Watering can|392690|1599|420x320x210|780|5 l,10 l*2
Garden hose|391739|2999|380x380x160|3400|20 m,30 m*2
Hose reel, wall|842489|8999|500x420x280|8200|20 m,30 m*1
Plant pot, terracotta|690919|799|220x220x200|1400|14 cm,20 cm*2,28 cm*5
Planter, fibre|392490|2499|420x420x400|3100|graphite,cream
Seeds: tomato|120991|299|160x110x3|12|cherry,beef,plum
Seeds: wildflower meadow|120930|499|180x130x8|60|10 m2,50 m2*3
Tulip bulbs|060110|599|180x140x60|320|red,yellow,mixed
Bird food|230990|899|300x220x100|2500|2.5 kg,5 kg*2
Bird house|442199|1999|260x180x170|980|oak,painted
Solar lights|940541|2499|290x210x110|640|6 pack,12 pack*2
Charcoal, lump|440290|999|560x340x160|5100|5 kg,10 kg*2|hazard=4.2
Kettle barbecue|732111|12999|620x600x400|13500|47 cm,57 cm*1|large
Camping gas cartridge|271113|499|90x90x160|410|230 g,450 g*2|hazard=2.1
Folding chair|940179|4499|1050x600x90|4100|@colours
Parasol|660110|5999|1500x180x160|5200|2.7 m sand,2.7 m green
Gardening gloves|420329|1299|250x120x25|140|S,M,L
Grass shears|820160|1799|340x110x60|430|standard
`;

export const SPORTS = `
Yoga mat|950691|2990|620x130x130|1250|@colours
Kettlebell|950691|2490|210x160x130|8000|8 kg,12 kg*1,16 kg*2
Resistance bands|950691|1490|220x140x40|310|set of 3,set of 5*1
Foam roller|950691|1990|340x150x150|420|firm,medium
Skipping rope|950691|1290|220x120x40|180|adjustable
Football|950662|2490|230x230x230|430|size 3,size 4,size 5
Basketball|950662|2990|250x250x250|620|size 6,size 7
Badminton set|950659|3490|690x230x60|780|2 rackets,4 rackets*2
Table tennis bats|950640|1990|300x190x60|460|pair
Swimming goggles|900490|1490|180x70x60|90|blue,smoke,children
Cycling helmet|650610|4990|320x240x180|340|S,M,L
Bicycle lights|851210|2490|140x110x50|160|set
Cycle lock, folding|830140|5990|220x110x70|1150|85 cm,110 cm*1
Water bottle|392330|1290|80x80x250|120|500 ml,750 ml*1
Camping tent|630622|14990|640x220x220|4300|2 persons,4 persons*2
Sleeping bag|940430|6990|420x250x250|1500|comfort 5 C,comfort -5 C*1
Trekking backpack|420292|8990|650x350x250|1650|40 l,60 l*1
Head torch|851310|2990|110x90x70|120|300 lm,600 lm*1
Trekking poles|950699|4990|680x110x80|520|pair
`;

export const PETS = `
Dry dog food, adult|230910|2499|480x300x110|4000|4 kg,12 kg*3
Dry cat food, adult|230910|1999|380x260x100|3000|3 kg,10 kg*3
Wet cat food, pouches|230910|599|250x140x110|1100|chicken 12 x 85 g,fish 12 x 85 g
Dog treats|230910|449|210x150x60|260|beef,chicken
Cat litter, clumping|250810|999|420x300x140|10000|10 l,20 l*2|large
Dog lead|420100|1499|200x150x40|210|1.2 m,2 m
Cat scratching post|441900|3999|560x420x160|4800|62 cm,95 cm*2
Pet bed|940490|3499|700x520x200|1500|S,M*1,L*2
Aquarium filter|842121|2999|260x150x130|820|60 l,120 l*1
Rabbit hay|121490|599|450x280x180|1100|1 kg,4 kg*3
Dog waste bags|392321|399|160x90x60|220|120,300*2
Ceramic food bowl|691200|999|180x180x80|620|S,M*1,L*2
`;

/** Words that titles of books are made of. */
export const BOOKS = {
  starts: [
    ...['The Lantern', 'A Quiet', 'The Salt', 'Northern', 'The Clockmaker', 'Winter', 'The Glass'],
    ...['Beneath the', 'The Last', 'Letters from the', 'The Orchard', 'Paper', 'The Hidden'],
    ...['A Map of the', 'The Wandering', 'Copper', 'The Silent', 'Songs of the', 'The Seventh'],
  ],
  ends: [
    ...['Keeper', 'Harbour', 'River', 'Garden', 'Mountain', 'Tide', 'House', 'Archive', 'Bridge'],
    ...['Island', 'Season', 'Meadow', 'Library', 'Observatory', 'Voyage', 'Street', 'Forest'],
  ],
  authors: [
    ...['Ines Halvorsen', 'Tomas Brandwick', 'Marit Oakes', 'Joren Palliser', 'Celia Wetherby'],
    ...['Anselm Rooke', 'Priya Lindqvist', 'Oskar Deveraux', 'Noemi Castellan', 'Ruth Amberley'],
  ],
  formats: [
    { name: 'paperback', code: '490199', cents: 1299, size: [198, 129, 24], grams: 270 },
    { name: 'hardback', code: '490199', cents: 2499, size: [235, 160, 35], grams: 620 },
    { name: 'large print', code: '490199', cents: 1799, size: [240, 165, 38], grams: 560 },
  ],
} as const;
