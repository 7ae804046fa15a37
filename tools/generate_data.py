# Copyright: Contributors to the terraglue.aws project
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generates the sample data: a Brazilian shop that never was, in nine CSV tables.

Tables, columns and quirks are those of the Brazilian E-Commerce Public Dataset by Olist, so that
its files can take the place of these; not one value is taken from it. The files in ``files/data``
are what this writes without options::

    python3 tools/generate_data.py
    python3 tools/generate_data.py --orders 100000 --out /tmp/data

The same options give the same bytes on every machine and Python version (3.9 or later). Any size
takes the same little memory: every fact is computed from the number of its row, nothing is kept.

Quirks that are meant: quotes around some cells of a row only, zip codes with leading zeros,
accents, empty cells, commas and doubled quotes inside comments, orders without items, payments or
review, several of them for one order, payment types that tie, review scores that are no score, and
one file (product_category_name_translation) with a byte order mark and CRLF line ends.

Line breaks inside quoted cells, which the real reviews have, are left out unless ``--line-breaks``
asks for them: Hive's text formats, and with them Athena and Glue, split lines before they look at
quotes, so that each such line break tears its row in two.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple, TextIO, TypeVar

DATABASE = "sor_ecommerce_br"
SHIPPED_ORDERS = 800
DEFAULT_OUT = Path(__file__).resolve().parent.parent / "files" / "data"
BYTE_ORDER_MARK = "\ufeff"

COLUMNS = {
    "customers": (
        "customer_id",
        "customer_unique_id",
        "customer_zip_code_prefix",
        "customer_city",
        "customer_state",
    ),
    "geolocation": (
        "geolocation_zip_code_prefix",
        "geolocation_lat",
        "geolocation_lng",
        "geolocation_city",
        "geolocation_state",
    ),
    "order_items": (
        "order_id",
        "order_item_id",
        "product_id",
        "seller_id",
        "shipping_limit_date",
        "price",
        "freight_value",
    ),
    "order_payments": (
        "order_id",
        "payment_sequential",
        "payment_type",
        "payment_installments",
        "payment_value",
    ),
    "order_reviews": (
        "review_id",
        "order_id",
        "review_score",
        "review_comment_title",
        "review_comment_message",
        "review_creation_date",
        "review_answer_timestamp",
    ),
    "orders": (
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_approved_at",
        "order_delivered_carrier_date",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ),
    "products": (
        "product_id",
        "product_category_name",
        "product_name_lenght",
        "product_description_lenght",
        "product_photos_qty",
        "product_weight_g",
        "product_length_cm",
        "product_height_cm",
        "product_width_cm",
    ),
    "sellers": ("seller_id", "seller_zip_code_prefix", "seller_city", "seller_state"),
    "product_category_name_translation": (
        "product_category_name",
        "product_category_name_english",
    ),
}

# City, state, first and last zip code prefix, latitude and longitude in hundredths, weight.
CITIES = (
    ("são paulo", "SP", 1000, 5999, -2355, -4663, 160),
    ("rio de janeiro", "RJ", 20000, 23799, -2291, -4320, 70),
    ("belo horizonte", "MG", 30000, 31999, -1992, -4394, 28),
    ("brasília", "DF", 70000, 72799, -1579, -4788, 21),
    ("curitiba", "PR", 80000, 82999, -2543, -4927, 15),
    ("campinas", "SP", 13000, 13139, -2291, -4706, 14),
    ("porto alegre", "RS", 90000, 91999, -3003, -5123, 14),
    ("salvador", "BA", 40000, 42499, -1297, -3850, 12),
    ("guarulhos", "SP", 7000, 7399, -2345, -4653, 12),
    ("são bernardo do campo", "SP", 9600, 9899, -2369, -4656, 9),
    ("niterói", "RJ", 24000, 24399, -2288, -4310, 8),
    ("santo andré", "SP", 9000, 9299, -2366, -4653, 8),
    ("goiânia", "GO", 74000, 74899, -1668, -4926, 7),
    ("santos", "SP", 11000, 11099, -2396, -4633, 7),
    ("fortaleza", "CE", 60000, 61599, -373, -3853, 7),
    ("recife", "PE", 50000, 52999, -805, -3488, 6),
    ("florianópolis", "SC", 88000, 88099, -2760, -4855, 6),
    ("ribeirão preto", "SP", 14000, 14109, -2118, -4781, 5),
    ("belém", "PA", 66000, 66999, -146, -4850, 4),
    ("juiz de fora", "MG", 36000, 36119, -2176, -4335, 4),
    ("joinville", "SC", 89200, 89239, -2630, -4885, 4),
    ("uberlândia", "MG", 38400, 38415, -1892, -4828, 4),
    ("vitória", "ES", 29000, 29099, -2032, -4034, 3),
    ("maringá", "PR", 87000, 87109, -2342, -5194, 3),
    ("natal", "RN", 59000, 59139, -579, -3521, 3),
    ("são luís", "MA", 65000, 65109, -253, -4430, 3),
    ("maceió", "AL", 57000, 57099, -967, -3574, 2),
    ("joão pessoa", "PB", 58000, 58099, -712, -3485, 2),
    ("cuiabá", "MT", 78000, 78099, -1560, -5610, 2),
    ("teresina", "PI", 64000, 64099, -509, -4280, 2),
    ("campo grande", "MS", 79000, 79129, -2047, -5462, 2),
    ("santa bárbara d'oeste", "SP", 13450, 13459, -2275, -4741, 8),
    ("aracaju", "SE", 49000, 49099, -1091, -3707, 2),
    ("manaus", "AM", 69000, 69099, -312, -6002, 1),
    ("palmas", "TO", 77000, 77299, -1018, -4833, 1),
    ("são joão del-rei", "MG", 36300, 36309, -2113, -4426, 1),
    ("porto velho", "RO", 76800, 76849, -876, -6390, 1),
    ("rio branco", "AC", 69900, 69920, -997, -6781, 1),
    ("macapá", "AP", 68900, 68914, 3, -5107, 1),
    ("boa vista", "RR", 69300, 69339, 282, -6067, 1),
)

WEIGHTED_CITIES = tuple((city[:6], city[6]) for city in CITIES)

CATEGORIES = (
    ("cama_mesa_banho", "bed_bath_table"),
    ("beleza_saude", "health_beauty"),
    ("esporte_lazer", "sports_leisure"),
    ("informatica", "computers"),
    ("moveis_de_sala", "living_room_furniture"),
    ("utilidades_domesticas", "housewares"),
    ("relogios", "watches"),
    ("telefones", "phones"),
    ("jardim", "garden"),
    ("pecas_de_carro", "car_parts"),
    ("brinquedos", "toys"),
    ("perfumaria", "perfumery"),
    ("bebes", "babies"),
    ("papelaria", "stationery"),
    ("eletronicos", "electronics"),
    ("moda_feminina", "womens_fashion"),
    ("moda_masculina", "mens_fashion"),
    ("moda_infantil", "childrens_fashion"),
    ("moda_praia", "beachwear"),
    ("moda_intima", "underwear"),
    ("calcados", "shoes"),
    ("bolsas", "bags"),
    ("malas_de_viagem", "travel_bags"),
    ("animais_de_estimacao", "pets"),
    ("moveis_de_escritorio", "office_furniture"),
    ("moveis_de_quarto", "bedroom_furniture"),
    ("moveis_de_cozinha", "kitchen_furniture"),
    ("colchoes", "mattresses"),
    ("iluminacao", "lighting"),
    ("ferramentas", "tools"),
    ("material_de_construcao", "construction_material"),
    ("tintas", "paints"),
    ("seguranca", "security"),
    ("eletrodomesticos", "home_appliances"),
    ("eletroportateis", "small_appliances"),
    ("ar_condicionado", "air_conditioning"),
    ("audio", "audio"),
    ("televisores", "televisions"),
    ("tablets", "tablets"),
    ("impressoras", "printers"),
    ("consoles", "game_consoles"),
    ("jogos", "games"),
    ("jogos_de_tabuleiro", "board_games"),
    ("dvds", "dvds"),
    ("vinis", "vinyl_records"),
    ("instrumentos_musicais", "musical_instruments"),
    ("livros_tecnicos", "technical_books"),
    ("livros_infantis", "childrens_books"),
    ("livros_de_ficcao", "fiction_books"),
    ("livros_importados", "imported_books"),
    ("revistas", "magazines"),
    ("artes", "art"),
    ("artesanato", "handicraft"),
    ("festas", "party_supplies"),
    ("natal", "christmas_supplies"),
    ("flores", "flowers"),
    ("alimentos", "food"),
    ("bebidas", "drinks"),
    ("vinhos", "wine"),
    ("cafe", "coffee"),
    ("suplementos", "supplements"),
    ("fraldas", "diapers"),
    ("ciclismo", "cycling"),
    ("camping", "camping"),
    ("pesca", "fishing"),
    ("natacao", "swimming"),
    ("agro", "agriculture"),
    ("industria", "industry"),
    ("fotografia", "photography"),
    ("joias", "jewellery"),
    ("presentes", "gifts"),
)

STATUSES = (
    ("delivered", 940),
    ("shipped", 16),
    ("canceled", 11),
    ("unavailable", 11),
    ("invoiced", 8),
    ("processing", 8),
    ("approved", 3),
    ("created", 3),
)
NEVER_APPROVED = ("created",)
NEVER_HANDED_TO_CARRIER = ("approved", "processing", "invoiced", "unavailable")

PAYMENT_TYPES = (("credit_card", 740), ("boleto", 195), ("voucher", 45), ("debit_card", 20))
SCORES = (("5", 575), ("4", 192), ("3", 82), ("2", 32), ("1", 114), ("10", 3), ("4.5", 2))

TITLES = (
    "Recomendo",
    "Muito bom",
    "Ótimo",
    "Não recomendo",
    "Entrega rápida",
    "Péssimo, não comprem",
    'Nota "10"',
)
PRAISE = (
    "Chegou antes do prazo",
    "Produto muito bom",
    "Gostei bastante",
    "A cor é igual à da foto",
    'A caixa dizia "frágil" e veio inteira',
    "Minha mãe adorou",
    "Ótima loja",
    "Já é a segunda vez que compro",
)
COMPLAINTS = (
    "Ainda não recebi",
    "Veio com defeito",
    "Faltou uma peça",
    'O vendedor só respondeu "aguarde"',
    "A embalagem chegou aberta",
    "O tamanho não é o do anúncio",
    "Pedi a troca e ninguém atendeu",
    "Demorou muito",
)
JOINTS = (", ", ". ", "; ", ", mas ", " e ")

FIRST_DAY = datetime(2016, 9, 5)
DAYS = 730

Item = TypeVar("Item")
Weighted = Sequence[tuple[Item, int]]


class Draw:
    """Numbers that look random and depend on nothing but the name of what they are drawn for.

    The SplitMix64 generator, seeded by a hash: what Python's ``random`` derives from its seed may
    change between versions.
    """

    def __init__(self, *name: object) -> None:
        self._state = int.from_bytes(_digest(*name)[:8], "big")

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit - 1``."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return (mixed ^ (mixed >> 31)) % limit

    def between(self, low: int, high: int) -> int:
        """A number from ``low`` to ``high``, both included."""
        return low + self.below(high - low + 1)

    def chance(self, per_thousand: int) -> bool:
        return self.below(1000) < per_thousand

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def weighted(self, items: Weighted[Item]) -> Item:
        left = self.below(sum(weight for dummy, weight in items))
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        raise AssertionError("the weights add up to more than their sum")


def _digest(*name: object) -> bytes:
    return hashlib.blake2b("/".join(map(str, name)).encode(), digest_size=16).digest()


def make_id(kind: str, number: int) -> str:
    """The id of the ``number``-th thing of its kind: 32 hex digits."""
    return _digest("id", kind, number).hex()


class Place(NamedTuple):
    """A zip code: the city's name has its accents, degrees are in hundredths."""

    zip_code: str
    city: str
    state: str
    latitude: int
    longitude: int


class Shop:
    """How much of everything there is for so many orders, in about the original's proportions."""

    def __init__(self, orders: int) -> None:
        self.orders = orders
        self.products = max(20, orders * 331 // 1000)
        self.sellers = max(5, orders * 31 // 1000)
        # The original has ten points for each order: far more than a sample needs.
        self.geolocation = max(60, orders // 2)
        self.zip_codes = max(30, orders // 5)

    def place(self, zip_number: int) -> Place:
        draw = Draw("place", zip_number)
        city, state, first, last, latitude, longitude = draw.weighted(WEIGHTED_CITIES)
        return Place(f"{draw.between(first, last):05d}", city, state, latitude, longitude)

    def seller_of(self, product: int) -> int:
        return Draw("seller of", product).below(self.sellers)

    def price_of(self, product: int) -> int:
        """In cents."""
        draw = Draw("price of", product)
        return draw.pick((990, 1990, 2990, 4990, 7990, 11990, 19990, 49990)) + draw.below(900)


def midnight(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, moment.day)


def without_accents(text: str) -> str:
    return text.translate(str.maketrans("áàâãéêíóôõúüç", "aaaaeeiooouuc"))


# Writing: cells that are quoted whatever they hold, and cells that are quoted when they must be.


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def plain(text: str) -> str:
    return quoted(text) if any(mark in text for mark in ',"\r\n') else text


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def degrees(hundredths: int, draw: Draw) -> str:
    """A point near by, with the fourteen decimals of the real files: more than a float keeps."""
    value = hundredths * 10**12 + draw.between(-(10**13) // 2, 10**13 // 2)
    sign = "-" if value < 0 else ""
    return f"{sign}{abs(value) // 10**14}.{abs(value) % 10**14:014d}"


def when(moment: datetime | None) -> str:
    return moment.isoformat(sep=" ") if moment else ""


class Table:
    """One CSV file that is written row by row."""

    def __init__(self, out: Path, name: str, files: ExitStack) -> None:
        crlf_and_mark = name == "product_category_name_translation"
        self.name = name
        self.rows = 0
        self._end = "\r\n" if crlf_and_mark else "\n"
        path = out / DATABASE / name / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = files.enter_context(path.open("w", encoding="utf-8", newline=""))
        columns = COLUMNS[name]
        if crlf_and_mark:
            self._file.write(BYTE_ORDER_MARK + ",".join(columns) + self._end)
        else:
            self._file.write(",".join(map(quoted, columns)) + self._end)

    def write(self, *cells: str) -> None:
        """``cells`` as they shall stand in the file, quotes included."""
        if len(cells) != len(COLUMNS[self.name]):
            raise AssertionError(f"{self.name}: {len(cells)} cells")
        self.rows += 1
        self._file.write(",".join(cells) + self._end)


# The five tables that hang on an order.


class Order:
    """One order with all that belongs to it, computed from its number."""

    def __init__(self, shop: Shop, number: int) -> None:
        self.number = number
        self.id = make_id("order", number)
        draw = Draw("order", number)
        self.status = draw.weighted(STATUSES)
        # The later of two days: sales grow.
        day = max(draw.below(DAYS), draw.below(DAYS))
        self.purchased = FIRST_DAY + timedelta(days=day, seconds=draw.below(86400))
        # What was never packed has no items on record.
        packed = self.status not in ("unavailable", "canceled") or draw.chance(400)
        self.items = self._items(shop, draw) if packed else []

    def _items(self, shop: Shop, draw: Draw) -> list[tuple[int, int, int]]:
        """Product, price and freight in cents."""
        count = draw.weighted(((1, 880), (2, 90), (3, 20), (4, 6), (6, 4)))
        product = draw.below(shop.products)
        items = []
        for dummy in range(count):
            items.append((product, shop.price_of(product), draw.between(700, 4500)))
            if draw.chance(400):
                product = draw.below(shop.products)
        return items

    def total(self) -> int:
        """In cents. What was never packed was paid for all the same."""
        return (
            sum(price + freight for dummy, price, freight in self.items)
            or 5000 + self.number % 9000
        )

    def dates(self) -> tuple[datetime | None, datetime | None, datetime | None, datetime]:
        """Approved, handed to the carrier, delivered, estimated: None for what did not happen."""
        draw = Draw("dates", self.number)
        approved = self.purchased + timedelta(seconds=draw.between(300, 172800))
        handed = approved + timedelta(seconds=draw.between(20000, 500000))
        delivered = handed + timedelta(seconds=draw.between(90000, 1900000))
        estimated = midnight(self.purchased) + timedelta(days=draw.between(14, 35))
        if self.status in NEVER_APPROVED:
            return None, None, None, estimated
        if self.status in NEVER_HANDED_TO_CARRIER or not self.items:
            return approved, None, None, estimated
        # A few rows say delivered and lack the date, as in the original.
        if self.status != "delivered" or draw.chance(2):
            return approved, handed, None, estimated
        return approved, handed, delivered, estimated


def write_order(order: Order, table: Table) -> None:
    table.write(
        quoted(order.id),
        quoted(make_id("customer", order.number)),
        order.status,
        when(order.purchased),
        *map(when, order.dates()),
    )


def write_customer(order: Order, shop: Shop, table: Table) -> None:
    draw = Draw("customer", order.number)
    returns = order.number and draw.chance(34)
    person = draw.below(order.number) if returns else order.number
    place = shop.place(draw.below(shop.zip_codes))
    table.write(
        quoted(make_id("customer", order.number)),
        quoted(make_id("person", person)),
        quoted(place.zip_code),
        place.city if draw.chance(100) else without_accents(place.city),
        place.state,
    )


def write_items(order: Order, shop: Shop, table: Table) -> None:
    limit = order.purchased + timedelta(days=4)
    for place, (product, price, freight) in enumerate(order.items):
        table.write(
            quoted(order.id),
            str(place + 1),
            quoted(make_id("product", product)),
            quoted(make_id("seller", shop.seller_of(product))),
            when(limit + timedelta(days=place // 2)),
            money(price),
            money(freight),
        )


def payments(order: Order) -> Iterator[tuple[str, int, int]]:
    """Type, instalments and value in cents; they add up to the order's total."""
    draw = Draw("payments", order.number)
    if draw.chance(4):
        return
    if order.status == "canceled" and draw.chance(250):
        yield "not_defined", 1, 0
        return
    left = order.total()
    vouchers = draw.weighted(((0, 955), (1, 25), (2, 15), (4, 5)))
    for dummy in range(vouchers):
        value = left // (vouchers + 1)
        yield "voucher", 1, value
        left -= value
    kind = draw.weighted(PAYMENT_TYPES)
    if kind == "credit_card" and draw.chance(20):
        yield "credit_card", 1, left // 2
        left -= left // 2
    yield kind, draw.between(1, 10) if kind == "credit_card" else 1, left


def write_payments(order: Order, table: Table) -> None:
    for place, (kind, instalments, value) in enumerate(payments(order)):
        table.write(quoted(order.id), str(place + 1), kind, str(instalments), money(value))


def comment(draw: Draw, score: str, line_breaks: bool) -> str:
    parts = PRAISE if score in ("4", "5", "10", "4.5") else COMPLAINTS
    first = draw.below(len(parts))
    text = parts[first]
    if draw.chance(600):
        # Another part: never the same twice.
        second = parts[(first + draw.between(1, len(parts) - 1)) % len(parts)]
        joint = draw.pick(JOINTS)
        if line_breaks and draw.chance(300):
            joint = draw.pick(("\n", "\r\n", "\r\n\r\n"))
        text += joint + (second if joint[0] in ".\r\n" else second[0].lower() + second[1:])
    return text + draw.pick(("", ".", "!"))


def write_reviews(order: Order, table: Table, line_breaks: bool) -> None:
    draw = Draw("reviews", order.number)
    for place in range(draw.weighted(((1, 978), (0, 12), (2, 8), (3, 2)))):
        score = draw.weighted(SCORES)
        title = plain(draw.pick(TITLES)) if draw.chance(120) else ""
        message = comment(draw, score, line_breaks) if draw.chance(410) else ""
        created = midnight(order.purchased) + timedelta(days=draw.between(5, 30))
        table.write(
            quoted(make_id(f"review {place}", order.number)),
            quoted(order.id),
            score,
            title,
            quoted(message) if message and draw.chance(700) else plain(message),
            when(created),
            when(created + timedelta(seconds=draw.between(40000, 400000))),
        )


# The four tables that stand for themselves.


def write_products(shop: Shop, table: Table) -> None:
    for number in range(shop.products):
        draw = Draw("product", number)
        if draw.chance(18):
            described = ["", "", "", ""]
        else:
            described = [
                draw.pick(CATEGORIES[: draw.pick((8, 16, 40, len(CATEGORIES)))])[0],
                str(draw.between(20, 63)),
                str(draw.between(80, 3500)),
                str(draw.weighted(((1, 50), (2, 20), (3, 12), (4, 9), (6, 9)))),
            ]
        measures = [draw.between(50, 9000)] + [draw.between(low, 60) for low in (16, 2, 11)]
        table.write(quoted(make_id("product", number)), *described, *map(str, measures))


def write_sellers(shop: Shop, table: Table) -> None:
    for number in range(shop.sellers):
        place = shop.place(Draw("seller", number).below(shop.zip_codes))
        table.write(
            quoted(make_id("seller", number)),
            quoted(place.zip_code),
            without_accents(place.city),
            place.state,
        )


def write_geolocation(shop: Shop, table: Table) -> None:
    """Every zip code of a customer or seller has a point at least, most have several."""
    for number in range(shop.geolocation):
        draw = Draw("geolocation", number)
        place = shop.place(number % shop.zip_codes)
        table.write(
            quoted(place.zip_code),
            degrees(place.latitude, draw),
            degrees(place.longitude, draw),
            place.city if draw.chance(500) else without_accents(place.city),
            place.state,
        )


def write_translation(table: Table) -> None:
    for portuguese, english in CATEGORIES:
        table.write(portuguese, english)


def generate(orders: int, out: Path, line_breaks: bool = False) -> dict[str, int]:
    """Writes ``<out>/sor_ecommerce_br/<table>/<table>.csv``; returns the tables' row counts."""
    shop = Shop(orders)
    with ExitStack() as files:
        tables = {name: Table(out, name, files) for name in COLUMNS}
        for number in range(orders):
            order = Order(shop, number)
            write_order(order, tables["orders"])
            write_customer(order, shop, tables["customers"])
            write_items(order, shop, tables["order_items"])
            write_payments(order, tables["order_payments"])
            write_reviews(order, tables["order_reviews"], line_breaks)
        write_products(shop, tables["products"])
        write_sellers(shop, tables["sellers"])
        write_geolocation(shop, tables["geolocation"])
        write_translation(tables["product_category_name_translation"])
    return {name: table.rows for name, table in tables.items()}


def at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description="Generate the sample data: nine CSV tables of a Brazilian shop."
    )
    parser.add_argument(
        "--orders",
        type=at_least_one,
        default=SHIPPED_ORDERS,
        metavar="N",
        help="orders to make; the other tables follow (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=DEFAULT_OUT,
        metavar="DIR",
        help=f"data folder to write into, as <DIR>/{DATABASE}/<table>/<table>.csv; files of those"
        " names are overwritten (default: files/data)",
    )
    parser.add_argument(
        "--line-breaks",
        action="store_true",
        help="break lines inside review comments, as the real files do: rows that Athena, Glue and"
        " Hive cannot read",
    )
    options = parser.parse_args(arguments)
    try:
        rows = generate(options.orders, options.out, options.line_breaks)
    except OSError as error:
        parser.exit(1, f"Cannot write to {options.out}: {error}\n")
    for name, count in rows.items():
        print(f"{count:>10,}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
