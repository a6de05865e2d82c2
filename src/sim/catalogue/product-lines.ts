/**
 * What the demo's shop sells, one product a line:
 * `name | HS code | price in cents | length x width x height in mm | grams | variants`.
 * A variant `1 kg*2` is twice the basic one in volume and weight; `@name` stands for a list of
 * {@link VARIANT_LISTS}. The last column may name traits that differ from the family's.
 */
export const VARIANT_LISTS: Readonly<Record<string, string>> = {
  sizes: 'XS,S,M,L,XL,XXL',
  shoes: 'EU 37,EU 38,EU 39,EU 40,EU 41,EU 42,EU 43,EU 44,EU 45',
  children: '92,98,104,110,116,122,128',
  colours: 'black,white,navy,sand,sage green,terracotta',
  finishes: 'graphite,silver,white',
  scents: 'lavender,citrus,unscented,sea breeze',
};

export const GROCERY = `
Basmati rice|100630|249|160x60x220|500|500 g,1 kg*2,5 kg*9
Risotto rice|100630|289|150x60x200|500|500 g,1 kg*2
Spaghetti|190219|139|280x60x40|500|500 g,1 kg*2
Wholegrain penne|190219|159|200x80x220|500|500 g
Red lentils|071340|219|140x60x200|500|500 g,1 kg*2
Chickpeas in brine|200559|99|75x75x110|480|400 g,700 g*2
Chopped tomatoes|200210|109|75x75x110|480|400 g,2.5 kg*6
Tomato passata|200290|129|80x80x190|820|690 g
Extra virgin olive oil|150920|899|75x75x280|900|500 ml,1 l*2,3 l*6
Sunflower oil|151219|249|80x80x270|960|1 l,3 l*3
Balsamic vinegar|220900|349|65x65x240|620|250 ml,500 ml*2
Sea salt flakes|250100|299|90x90x120|280|250 g
Black peppercorns|090411|389|60x60x130|120|100 g,250 g*2
Smoked paprika|090422|279|60x60x120|90|75 g
Ground cinnamon|090620|249|60x60x120|70|60 g
Plain flour|110100|99|150x90x190|1010|1 kg,2.5 kg*2
Caster sugar|170199|149|150x90x180|1010|1 kg
Wildflower honey|040900|549|85x85x120|720|500 g,1 kg*2
Strawberry jam|200799|279|80x80x110|560|340 g
Crunchy peanut butter|200811|329|85x85x120|560|350 g,1 kg*3
Rolled oats|110412|169|180x80x230|520|500 g,1 kg*2
Fruit and nut muesli|190420|379|190x80x260|770|750 g
Corn flakes|190410|249|190x70x300|520|375 g,750 g*2
Oat biscuits|190531|199|210x60x60|260|250 g
Sea salt crackers|190590|179|200x70x150|220|200 g
Milk chocolate bar|180632|189|170x90x12|110|100 g,200 g*2
Dark chocolate bar, 70%|180632|219|170x90x12|110|100 g
Roasted almonds|200819|449|150x60x200|260|250 g,500 g*2
Mixed nuts|200819|499|150x60x200|310|300 g
Dried apricots|081310|329|150x60x200|260|250 g
Green tea, bags|090210|299|130x70x90|60|20 bags,50 bags*2
English breakfast tea, bags|090230|349|140x80x110|150|50 bags,100 bags*2
Coffee beans, espresso roast|090121|999|120x80x300|1020|500 g,1 kg*2
Ground coffee, filter|090121|649|100x70x220|510|250 g,500 g*2
Instant cocoa|180690|319|90x90x160|420|400 g
Apple juice|200979|189|90x90x250|1050|1 l,3 l*3
Sparkling water|220110|69|85x85x310|1040|1 l,6 x 1.5 l*9
Elderflower cordial|210690|459|75x75x290|980|500 ml
Vegetable stock cubes|210410|159|100x60x40|90|8 cubes,24 cubes*3
Soy sauce|210310|289|65x65x220|420|150 ml,500 ml*3
Dijon mustard|210330|229|70x70x100|340|200 g
Tuna in olive oil|160414|259|85x85x40|140|120 g,3 x 120 g*3
Coconut milk|210690|189|75x75x110|430|400 ml
Potatoes, loose|070190|189|130x110x100|1000|firm,floury|kg
Onions, loose|070310|169|130x110x100|1000|brown,red|kg
Carrots, loose|070610|149|130x110x100|1000|washed,organic|kg
`;

export const CHILLED = `
Whole milk|040120|129|95x70x240|1050|1 l,2 l*2
Semi-skimmed milk|040120|125|95x70x240|1050|1 l,2 l*2
Natural yoghurt|040320|119|95x95x110|520|500 g,1 kg*2
Greek yoghurt|040320|199|95x95x110|520|400 g,1 kg*2
Fruit yoghurt|040320|79|80x80x80|160|strawberry,blueberry,apricot
Salted butter|040510|289|110x65x40|255|250 g
Unsalted butter|040510|289|110x65x40|255|250 g
Mature cheddar|040690|449|130x80x40|360|200 g,350 g*2
Soft goat cheese|040610|329|100x60x40|160|150 g
Mozzarella|040610|149|110x90x50|230|125 g,3 x 125 g*3
Grated hard cheese|040620|279|170x140x30|160|150 g
Free-range eggs|040721|329|250x110x70|640|6,10*2
Fresh egg pasta|190211|279|190x140x40|260|250 g,500 g*2
Basil pesto|210390|299|75x75x90|210|180 g
Houmous|210690|199|110x110x50|210|classic,roasted pepper,lemon
Smoked salmon|030541|599|240x150x15|120|100 g,200 g*2
Sliced cooked ham|160241|289|190x140x20|160|150 g
Chicken breast fillets|020713|649|220x150x50|420|400 g,800 g*2
Tofu, firm|210690|229|120x80x60|310|natural,smoked
Orange juice, fresh|200911|349|85x85x230|960|750 ml
Baby spinach|070970|199|240x200x60|160|150 g
Strawberries, punnet|081010|349|180x120x70|420|400 g
`;

export const BEAUTY = `
Day cream, hydrating|330499|1899|70x70x60|140|50 ml,75 ml*1
Night cream|330499|2299|70x70x60|140|50 ml
Vitamin C serum|330499|2599|40x40x120|80|15 ml,30 ml*1
Hyaluronic serum|330499|2399|40x40x120|80|30 ml
Micellar water|330499|699|60x60x190|430|200 ml,400 ml*2
Cleansing gel|330499|899|60x50x180|240|150 ml
Exfoliating scrub|330499|1099|70x70x80|180|100 ml
Sun cream|330499|1299|60x40x170|230|SPF 30,SPF 50,SPF 50 sensitive
Lip balm|330499|349|20x20x75|15|honey,vanilla,berry,unscented
Matte lipstick|330410|1299|22x22x80|30|rosewood,brick,plum,nude,coral
Liquid foundation|330499|1799|40x40x120|110|ivory,sand,honey,almond,espresso
Mascara, volume|330420|1199|18x18x135|25|black,brown
Eyebrow pencil|330420|799|12x12x150|10|blonde,taupe,dark brown
Nail polish|330430|599|30x30x80|60|poppy,blush,midnight,clear
Shampoo|330510|599|70x45x210|290|repair,volume,sensitive,anti-dandruff
Conditioner|330590|599|70x45x200|250|repair,volume,sensitive
Hair mask|330590|999|85x85x70|260|200 ml,400 ml*2
Dry shampoo|330590|549|50x50x220|160|fresh,original|hazard=2.1
Hair spray, strong hold|330530|499|55x55x240|310|250 ml,400 ml*2|hazard=2.1
Shower gel|330730|399|70x40x220|330|@scents
Bar soap|340111|349|90x60x30|110|@scents
Hand cream|330499|449|50x35x160|95|almond,shea,unscented
Body lotion|330499|799|75x45x220|430|almond,shea,aloe
Eau de parfum|330300|4999|70x40x140|290|cedar,iris,bergamot,amber|hazard=3 high
Deodorant spray|330720|379|50x50x190|150|fresh,sport,sensitive|hazard=2.1
Deodorant stick|330720|429|60x35x110|90|fresh,sport,sensitive
Toothpaste|330610|299|190x45x40|110|mint,whitening,sensitive,children
Mouthwash|330690|449|80x55x220|560|500 ml,1 l*2
Beard oil|330590|1499|35x35x100|75|cedar,citrus
`;

export const ELECTRONICS = `
Smartphone 6.1 in|851713|49900|160x80x60|420|128 GB black,128 GB white,256 GB blue|serial high
Smartphone 6.7 in|851713|69900|170x85x60|460|256 GB black,256 GB silver,512 GB black|serial high
Tablet 10.9 in|847130|34900|270x190x50|820|64 GB grey,256 GB grey,256 GB blue|serial high
Laptop 14 in|847130|89900|380x260x70|2300|16 GB / 512 GB,32 GB / 1 TB|serial high
Laptop 15.6 in|847130|74900|410x280x75|2700|8 GB / 512 GB,16 GB / 1 TB|serial high
Smart watch|851762|19900|110x110x80|210|40 mm black,40 mm rose,44 mm black|serial high
Fitness band|851762|4990|90x60x40|90|black,blue,coral
Wireless earbuds|851830|7990|90x90x40|140|@finishes|serial
Over-ear headphones|851830|12990|210x180x90|520|@finishes|serial
E-book reader 6 in|854370|11900|180x130x30|310|8 GB,32 GB|serial high
Action camera 4K|852589|24900|140x110x70|340|standard,travel kit*2|serial high
Compact camera|852589|39900|150x120x90|480|black,silver|serial high
Bluetooth speaker|851822|5990|110x110x180|680|@colours
Soundbar 2.1|851822|17990|950x180x160|5200|black|serial
Television 43 in|852872|37900|1080x660x140|11500|4K|serial high large
Television 55 in|852872|54900|1350x820x150|17800|4K|serial high large
Computer monitor 27 in|852852|21900|700x480x170|6900|QHD,4K|serial
Mechanical keyboard|847160|8990|460x170x50|1150|brown switches,red switches
Wireless mouse|847160|2990|120x80x50|140|@finishes
Webcam 1080p|852589|4990|130x90x80|210|black
Wi-Fi router|851762|8990|280x210x80|760|dual band,tri band*1
Mesh router, 3 pack|851762|19990|330x260x120|1800|Wi-Fi 6
USB-C charger|850440|2490|90x70x40|140|30 W,65 W*1,100 W*2
Power bank|850760|3490|160x80x30|310|10000 mAh,20000 mAh*2|hazard=9
USB-C cable|854442|990|140x90x25|60|1 m,2 m*1
HDMI cable|854442|1290|180x140x30|120|1.5 m,3 m*2
SSD, portable|847170|8990|120x80x25|110|500 GB,1 TB,2 TB|serial high
Memory card|852351|1890|120x90x10|20|64 GB,128 GB,256 GB
Smart plug|853669|1490|80x80x90|120|single,2 pack*2
LED smart bulb E27|853952|1290|70x70x130|90|warm white,colour
Security camera, indoor|852589|4990|110x110x120|290|1080p,2K
Robot vacuum cleaner|850811|27900|420x410x140|5600|black,white|serial high
Rechargeable batteries AA|850750|1290|120x80x20|120|4 pack,8 pack*2
Alkaline batteries AAA|850610|690|120x80x20|60|4 pack,12 pack*3
Desk lamp, LED|940521|3490|420x180x110|980|@finishes
Electric kettle 1.7 l|851679|3990|240x210x250|1250|@finishes
Toaster, 2 slices|851672|3490|320x200x220|1500|@finishes
Hand blender|850940|4490|420x120x110|1100|600 W,1000 W*1
Hair dryer|851631|3990|270x240x110|720|black,white
Electric toothbrush|850980|5990|220x110x70|410|black,white,pink
Label printer, thermal|844332|12990|250x210x180|1900|USB,Wi-Fi|serial
`;
