"""Phone numbers: one form per person, refused only for their number of digits."""

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumber, PhoneNumberType

from sender_service.phone import NotAPhoneNumber, country_of, display, e164, fold, normalize


@pytest.mark.parametrize(
    ("text", "country", "digits"),
    [
        ("+1 (555) 123-4567", None, "15551234567"),
        ("15551234567", None, "15551234567"),
        ("15551234567", "US", "15551234567"),
        ("15551234567", "MX", "15551234567"),
        ("15551234567", "52", "15551234567"),
        ("15551234567", "IT", "15551234567"),
        ("(555) 123-4567", "US", "15551234567"),
        ("(555) 123-4567", "1", "15551234567"),
        ("998 316 2438", "MX", "529983162438"),
        ("998 316 2438", "+52", "529983162438"),
        ("529983162438", "MX", "529983162438"),
        ("529983162438", "US", "529983162438"),
        ("5219983162438", "MX", "5219983162438"),
        ("+52 998 316 2438", "US", "529983162438"),
        ("\N{FULLWIDTH PLUS SIGN}52 998 316 2438", "US", "529983162438"),
        ("  +52 998 316 2438  ", None, "529983162438"),
        ("02 1234567", "IT", "39021234567"),
        ("+39 02 1234567", "US", "39021234567"),
        ("393 1234567", "IT", "393931234567"),
        ("015112345678", "DE", "4915112345678"),
        ("07911 123456", "GB", "447911123456"),
        ("0044 7911 123456", "GB", "447911123456"),
        ("89161234567", "RU", "79161234567"),
        ("1191234567", "BR", "551191234567"),
        ("٠٥٠١٢٣٤٥٦٧", "SA", "966501234567"),
        ("15551234567", "no such country", "15551234567"),
        ("15551234567", "999", "15551234567"),
        ("15551234567", "DE", "4915551234567"),
        ("+15551234567", "DE", "15551234567"),
        ("\N{FULLWIDTH PLUS SIGN}15551234567", "DE", "15551234567"),
        ("9991234567890", "MX", "9991234567890"),
        ("9991234567", "XX", "9991234567"),
        ("9991234567", "+1", "19991234567"),
        ("998 316 2438", " mx ", "529983162438"),
        ("998 316 2438", " 52 ", "529983162438"),
        ("998 316 2438", "", "9983162438"),
        ("998 316 2438", "+", "9983162438"),
        ("998 316 2438", "٥٢", "529983162438"),
        ("998 316 2438", "++52", "529983162438"),
        ("- +52 998 316 2438", "US", "529983162438"),
    ],
)
def test_to_becomes_digits(text, country, digits):
    assert normalize(text, country).digits == digits


def test_the_two_ways_to_write_an_american_number_are_one_person():
    written = {normalize("+1 (555) 123-4567", country).digits for country in (None, "US", "MX", "IT", "52", "1")}
    assert written | {normalize("15551234567", country).digits for country in (None, "US", "MX", "IT")} == {
        "15551234567"
    }


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("+", 0), ("hello", 0), ("+123456", 6), ("+1234567890123456", 16)]
)
def test_only_the_number_of_digits_refuses(text, count):
    with pytest.raises(NotAPhoneNumber) as caught:
        normalize(text)
    assert caught.value.digits == count
    assert str(caught.value) == f"7 to 15 digits, was {count}"


@pytest.mark.parametrize("text", ["+1234567", "+123456789012345"])
def test_seven_and_fifteen_digits_are_enough_and_not_too_many(text):
    assert normalize(text).digits == text[1:]


@given(
    code=st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)),
    kind=st.sampled_from(PhoneNumberType.values()),
    change=st.tuples(st.integers(0, 11), st.text("0123456789", max_size=2)),
    data=st.data(),
)
def test_the_doubt_is_libphonenumbers_own_in_every_country_of_a_calling_code(code, kind, change, data):
    region = data.draw(st.sampled_from(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]))
    example = phonenumbers.example_number_for_type(region, kind)
    digits = str(example.national_number if example else 612345678)
    place, put = change
    number = PhoneNumber(country_code=code, national_number=int(digits[:place] + put + digits[place + len(put) :]))
    written = f"{code}{number.national_number}"
    assume(7 <= len(written) <= 15 and fold(written) == written)
    assert (normalize(f"+{written}").warning is None) == phonenumbers.is_valid_number(number)


def test_what_libphonenumber_doubts_is_a_warning():
    assert normalize("+529983162438").warning is None
    assert normalize("+5219983162438").warning is None
    assert normalize("+15551234567").warning == "libphonenumber does not know this as a valid number"
    assert normalize("+9991234567").warning == "no country has this calling code"


@pytest.mark.parametrize(
    ("digits", "one"),
    [
        ("5219983162438", "529983162438"),
        ("529983162438", "529983162438"),
        ("551187654321", "5511987654321"),
        ("5511987654321", "5511987654321"),
        ("551162345678", "5511962345678"),
        ("551152345678", "551152345678"),
        ("551012345678", "551012345678"),
        ("541122222222", "5491122222222"),
        ("5491122222222", "5491122222222"),
        ("54111522222222", "5491122222222"),
        ("549111522222222", "5491122222222"),
        ("15551234567", "15551234567"),
        ("393331234567", "393331234567"),
        ("52199831624380", "52199831624380"),
        ("5511876543210", "5511876543210"),
        ("54111022222222", "54111022222222"),
    ],
)
def test_variants_of_one_subscriber_fold_to_one_form(digits, one):
    assert fold(digits) == one
    assert fold(one) == one


def test_numbers_are_written_for_meta_and_for_people():
    assert e164("529983162438") == "+529983162438"
    assert display("529983162438") == "+52 998 316 2438"
    assert display("15551234567") == "+1 555-123-4567"
    assert display("9991234567") == "+9991234567"
    assert display("1234567") == "+1234567"


@pytest.mark.parametrize(
    ("digits", "country"),
    [
        ("529983162438", "MX"),
        ("15551234567", "US"),
        ("9991234567", None),
        ("16135550123", "CA"),
        ("77012345678", "KZ"),
        ("79161234567", "RU"),
        ("8001234567890", "001"),
        ("390612345678", "IT"),
        ("1", None),
    ],
)
def test_a_number_tells_its_country(digits, country):
    assert country_of(digits) == country
