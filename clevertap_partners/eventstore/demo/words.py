"""[pure] The vocabulary of the demo account."""

from __future__ import annotations

# language, first names, last names, cities, phone prefix
PEOPLE = (
    ("en", ["Olivia", "Noah", "Amelia", "Liam"], ["Smith", "O’Brien", "Jones"], ["Leeds"], "44"),
    ("hi", ["आशा", "राहुल", "प्रिया", "अर्जुन"], ["शर्मा", "वर्मा", "पटेल"], ["मुंबई", "पुणे"], "91"),
    ("ar", ["ليلى", "عمر", "فاطمة", "يوسف"], ["حسن", "الأحمد"], ["دبي", "القاهرة"], "971"),
    ("ja", ["さくら", "蓮", "陽葵", "大翔"], ["佐藤", "鈴木", "高橋"], ["東京", "大阪"], "81"),
    ("pt", ["João", "Inês", "Conceição", "Tiago"], ["Silva", "Gonçalves"], ["São Paulo"], "55"),
    ("de", ["Jürgen", "Zoë", "Lukas", "Mia"], ["Müller", "Groß"], ["Köln", "München"], "49"),
)

# name, category, price in cents
PRODUCTS = (
    ("Casio Chronograph Watch", "Watches", 5999),
    ("Trail Running Shoes 👟", "Shoes", 8950),
    ('27" Monitor, "Pro" Series', "Electronics", 32900),
    ("Café crème & thé <sampler>", "Grocery", 1290),
    ("Noise-cancelling Headphones 🎧", "Electronics", 19999),
    ("हाथ से बुनी साड़ी", "Clothing", 4500),
    ("मसाला चाय 250 ग्राम", "Grocery", 350),
    ("عطر العود الملكي", "Beauty", 12000),
    ("تمر المدينة", "Grocery", 1875),
    ("抹茶セット", "Grocery", 2480),
    ("南部鉄器の急須", "Kitchen", 6820),
    ("Chapéu de palha", "Clothing", 2990),
    ("Pão de queijo congelado 🧀", "Grocery", 749),
    ("Kaffeemühle „Größe L“", "Kitchen", 4490),
    ("Rucksack 20 l", "Travel", 5500),
    ("Yoga Mat 🧘‍♀️", "Sports", 2599),
    ("Kids' Puzzle / 100 pieces", "Toys", 1549),
    ("E-book Reader", "Electronics", 11999),
)

SEARCHES = (
    *("shoes", "watch", "headphones 🎧", "साड़ी", "चाय", "عطر", "抹茶", "chapéu", "Kaffeemühle"),
    *("gift < 20", "size 42 & wide", '"monitor"', "100% cotton"),
)
CURRENCIES = ("USD", "EUR", "INR", "AED", "JPY", "BRL")
PAYMENTS = ("Card", "UPI", "PayPal", "Cash on delivery", "Pix")
CAMPAIGNS = (
    "Diwali sale ✨",
    "Spring launch",
    "Win-back / 30 days",
    "Ramadan offers",
    "夏のセール",
)
SOURCES = (("google", "cpc"), ("newsletter", "email"), ("instagram", "social"), ("partner", "qr"))
APP_VERSIONS = ("2.28.0", "2.29.3", "2.30.1", "2.31.0")
VIDEOS = ("How it’s made 🎬", "作り方", "Tutorial #1", "كيفية الاستخدام")

# name, make, model, OS version, browser, dpi, width, height
DEVICES = (
    ("Android", "Google", "Pixel 8", "14", "", 428.0, 70.8, 150.5),
    ("Android", "Samsung", "Galaxy S23", "13", "", 425.0, 70.9, 146.3),
    ("Android", "Xiaomi", "Redmi Note 12", "12", "", 395.0, 76.2, 165.9),
    ("iOS", "Apple", "iPhone 15", "17.1", "", 460.0, 71.6, 147.6),
    ("iOS", "Apple", "iPhone SE", "16.6", "", 326.0, 67.3, 138.4),
    ("Web", "", "", "10", "Chrome", 96.0, 0.0, 0.0),
    ("Web", "", "", "14.1", "Safari", 110.0, 0.0, 0.0),
)
