package brokerwire

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

func TestDecimalsOfTheContractAreReadExactly(t *testing.T) {
	for _, text := range []string{
		"0", "-0.5", "1.50", "99999999999999999999.999999999999999999", strings.Repeat("9", 38), "0.000000000000000001",
	} {
		value, err := ParseDecimal(text)
		if err != nil || !value.Equal(decimal.RequireFromString(text)) {
			t.Errorf("%s: %v, %v", text, value, err)
		}
	}
}

func TestWhatIsNoDecimalIsRefused(t *testing.T) {
	for text, reason := range map[string]Reason{
		"":                      ReasonDecimalInvalid,
		"1e5":                   ReasonDecimalInvalid,
		"1E+3000000":            ReasonDecimalInvalid,
		"+1":                    ReasonDecimalInvalid,
		"01":                    ReasonDecimalInvalid,
		".5":                    ReasonDecimalInvalid,
		"5.":                    ReasonDecimalInvalid,
		"1\n":                   ReasonDecimalInvalid,
		"NaN":                   ReasonDecimalInvalid,
		"١":                     ReasonDecimalInvalid,
		strings.Repeat("9", 39): ReasonDecimalOutOfRange,
		"0.0000000000000000001": ReasonDecimalOutOfRange,
		"1" + strings.Repeat("0", 30) + ".000000001": ReasonDecimalOutOfRange,
	} {
		_, err := ParseDecimal(text)
		var e *Error
		if !errors.As(err, &e) || e.Reason != reason || !errors.Is(err, ErrInvalidRequest) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestANumberBeyondTheLimitsIsRefusedBeforeItIsWrittenOut(t *testing.T) {
	for _, number := range []decimal.Decimal{
		decimal.New(1, 2_000_000_000), decimal.New(1, -2_000_000_000), decimal.New(1, 38), decimal.New(1, -19),
	} {
		var w wire
		w.decimal(Some(number), "order.quantity")
		var e *Error
		if !errors.As(w.err, &e) || e.Reason != ReasonDecimalOutOfRange || e.Metadata["field"] != "order.quantity" {
			t.Errorf("exponent %d: %v", number.Exponent(), w.err)
		}
	}
}

func TestANumberIsWrittenWithoutExponent(t *testing.T) {
	var w wire
	if m := w.decimal(Some(decimal.New(12, 3)), "q"); w.err != nil || m.Value != "12000" {
		t.Errorf("%v, %v", m, w.err)
	}
	if m := w.decimal(decimal.NullDecimal{}, "q"); m != nil || w.err != nil {
		t.Errorf("what is absent became %v", m)
	}
}

func TestAnAnswerThatTheContractDoesNotAllowIsInternal(t *testing.T) {
	for _, order := range []*pb.Order{nil, {}, {FilledQuantity: &pb.Decimal{Value: "1e5"}}} {
		_, err := readSubmitted(&pb.SubmitOrderResponse{Order: order})
		var e *Error
		if !errors.As(err, &e) || !errors.Is(err, ErrInternal) || e.Sent != SentUnknown {
			t.Errorf("%v: %v", order, err)
		}
	}
}
