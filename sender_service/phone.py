"""Phone numbers: E.164 stored and compared as digits, one form per person.

libphonenumber's "invalid" is only a warning: its tables lag behind numbering plans, and Meta alone knows who has
WhatsApp.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

LEAST_DIGITS: Final = 7
MOST_DIGITS: Final = 15
# No numbering plan's national numbers are longer than ten digits where a reading with country code is in doubt.
_LONGEST_NATIONAL: Final = 10

_ASCII_DECORATION: Final = {code: None for code in range(128) if not chr(code).isdecimal()}
_BRAZILIAN_OLD_MOBILE: Final = re.compile(r"^(55[1-9][1-9])([6-9]\d{7})$")
_MEXICAN_OLD_MOBILE: Final = re.compile(r"^521(\d{10})$")
_ARGENTINE_WITHOUT_9: Final = re.compile(r"^54([1-8]\d{9})$")
_ARGENTINE_WITH_15: Final = re.compile(r"^549?[1-8]\d{11}$")


class NotAPhoneNumber(ValueError):
    """`to` has not 7 to 15 digits."""

    def __init__(self, digits: int) -> None:
        super().__init__(f"{LEAST_DIGITS} to {MOST_DIGITS} digits, was {digits}")
        self.digits = digits


@dataclass(frozen=True, slots=True)
class Phone:
    """`digits` are E.164 without the plus sign; `warning` says what libphonenumber doubts."""

    digits: str
    warning: str | None = None


@lru_cache(maxsize=8_192)
def normalize(text: str, country: str | None = None) -> Phone:
    """Read `to`. Without `+`, `country` (ISO code such as MX, or calling code such as 52) says whose national form it
    may be.
    """
    international = text.strip().startswith(("+", "\N{FULLWIDTH PLUS SIGN}"))
    typed = _digits(text)
    region = None if international else _region(country)
    digits = _with_country_code(typed, region) if region else typed
    if not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        raise NotAPhoneNumber(len(digits))
    return Phone(digits, _doubt(digits))


def fold(digits: str) -> str:
    """One form per person: Brazilian mobiles with the ninth digit, Mexican ones without the 1, Argentine ones with
    the 9 and no 15.

    WhatsApp ids keep older forms of the same subscriber (Meta's documentation: the digits of Brazilian and Mexican
    numbers may be changed).
    """
    if match := _BRAZILIAN_OLD_MOBILE.match(digits):
        return f"{match[1]}9{match[2]}"
    if match := _MEXICAN_OLD_MOBILE.match(digits):
        return f"52{match[1]}"
    if match := _ARGENTINE_WITHOUT_9.match(digits):
        return f"549{match[1]}"
    if _ARGENTINE_WITH_15.match(digits):
        return _argentine_without_15(digits)
    return digits


def e164(digits: str) -> str:
    """Write digits as Meta wants `to`: with the plus sign, so that no country code is put before them."""
    return f"+{digits}"


@lru_cache(maxsize=8_192)
def display(digits: str) -> str:
    """Write digits for people: `+52 998 316 2438`; unknown plans as `+digits`."""
    number = _parse(e164(digits), None)
    if number is None or not phonenumbers.is_possible_number(number):
        return e164(digits)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def country_of(digits: str) -> str | None:
    """ISO code of the country a number belongs to; None where its calling code is unknown."""
    number = _parse(e164(digits), None)
    if number is None:
        return None
    region = phonenumbers.region_code_for_number(number)
    region = region or phonenumbers.region_code_for_country_code(number.country_code or 0)
    return region if region and region != "ZZ" else None


def _digits(text: str) -> str:
    """Every decimal digit of any script; everything else is decoration."""
    if text.isascii():
        return text.translate(_ASCII_DECORATION)
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def _region(country: str | None) -> str | None:
    code = (country or "").strip().lstrip("+").upper()
    if not code.isdecimal():
        return code or None
    region = phonenumbers.region_code_for_country_code(int(code))
    return region if region != "ZZ" else None


def _with_country_code(typed: str, region: str) -> str:
    """Of two readings, national and already international, take the valid one, else the possible one that its length
    speaks for.
    """
    national, foreign = _parse(typed, region), _parse(e164(typed), None)
    if national and phonenumbers.is_valid_number(national):
        return _written(national)
    if foreign and phonenumbers.is_valid_number(foreign):
        return typed
    foreign_possible = foreign is not None and phonenumbers.is_possible_number(foreign)
    if foreign_possible and len(typed) > _LONGEST_NATIONAL:
        return typed
    if national and phonenumbers.is_possible_number(national):
        return _written(national)
    return typed


def _doubt(digits: str) -> str | None:
    if _is_plainly_valid(fold(digits)):
        return None
    number = _parse(e164(fold(digits)), None)
    if number is None:
        return "no country has this calling code"
    return None if phonenumbers.is_valid_number(number) else "libphonenumber does not know this as a valid number"


def _is_plainly_valid(digits: str) -> bool:
    """Without libphonenumber's reading of what people type, which takes longer than its judgement.

    That is asked of the main country of the calling code first: who is valid there is valid.
    """
    for length in (1, 2, 3):
        code, national = digits[:length], digits[length:]
        if main := phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ("",))[0]:
            number = PhoneNumber(country_code=int(code), national_number=int(national))
            return not national.startswith("0") and (
                phonenumbers.is_valid_number_for_region(number, main) or phonenumbers.is_valid_number(number)
            )
    return False


def _argentine_without_15(digits: str) -> str:
    """Only libphonenumber's area code tables tell where the 15 stands."""
    number = _parse(f"+54{digits[2:].removeprefix('9')}", None)
    return _written(number) if number and phonenumbers.is_valid_number(number) else digits


def _parse(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def _written(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")
