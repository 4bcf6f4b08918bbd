package brokerwire

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
	"google.golang.org/grpc/codes"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

const (
	maxDigits = 38
	maxPlaces = 18
)

var grammar = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// ParseDecimal reads a decimal of the contract: plain digits, at most 38, at most 18 of them after the point. It
// refuses exponents, a leading plus, spaces, NaN and infinity, and rounds nothing. The error is an *Error.
func ParseDecimal(text string) (decimal.Decimal, error) { return parseDecimal(text, "value") }

// Dec is ParseDecimal for constants: it panics on text that is no decimal.
func Dec(text string) decimal.NullDecimal {
	value, err := ParseDecimal(text)
	if err != nil {
		panic(err)
	}
	return Some(value)
}

// Some is a decimal that is there, for the optional fields of requests.
func Some(value decimal.Decimal) decimal.NullDecimal { return decimal.NewNullDecimal(value) }

// parseDecimal checks the text before it builds a number: "1E+3000000" would take minutes.
func parseDecimal(text, field string) (decimal.Decimal, error) {
	if err := checkDecimal(text, field); err != nil {
		return decimal.Decimal{}, err
	}
	return decimal.NewFromString(text)
}

func checkDecimal(text, field string) error {
	if !grammar.MatchString(text) {
		return invalid(field, fmt.Sprintf("is not a decimal number: %.50q", text), ReasonDecimalInvalid)
	}
	whole, places, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if len(whole)+len(places) > maxDigits || len(places) > maxPlaces {
		return invalid(field, "has more than 38 digits, or more than 18 places", ReasonDecimalOutOfRange)
	}
	return nil
}

// invalid is the error that the gateway would have given, before anything is sent.
func invalid(field, problem string, reason Reason) *Error {
	e := newError(codes.InvalidArgument, reason, field+" "+problem)
	e.Metadata = map[string]string{"field": field}
	e.Violations = []FieldViolation{{field, problem}}
	return e
}

// wire writes optional decimals into a request, and keeps the first error.
type wire struct{ err error }

func (w *wire) decimal(value decimal.NullDecimal, field string) *pb.Decimal {
	if !value.Valid {
		return nil
	}
	number := value.Decimal
	// Its digits would not fit in memory, perhaps.
	if number.Exponent() > maxDigits || number.Exponent() < -maxDigits || number.NumDigits() > 2*maxDigits {
		w.keep(invalid(field, "is out of range", ReasonDecimalOutOfRange))
		return nil
	}
	text := number.String()
	if err := checkDecimal(text, field); err != nil {
		w.keep(err)
		return nil
	}
	return &pb.Decimal{Value: text}
}

func (w *wire) keep(err error) {
	if w.err == nil {
		w.err = err
	}
}

// read takes values out of messages, and keeps the first error: an answer that the contract does not allow.
type read struct{ err error }

func (r *read) optional(value *pb.Decimal, field string) decimal.NullDecimal {
	if value == nil {
		return decimal.NullDecimal{}
	}
	return Some(r.required(value, field))
}

func (r *read) required(value *pb.Decimal, field string) decimal.Decimal {
	if value == nil {
		r.fail(fmt.Sprintf("the gateway left %s out, which the contract always sets", field))
		return decimal.Decimal{}
	}
	number, err := parseDecimal(value.Value, field)
	if err != nil {
		r.fail("the gateway sent what is no decimal: " + err.Error())
	}
	return number
}

func (r *read) money(value *pb.Money, field string) *Money {
	if value == nil {
		return nil
	}
	return &Money{Amount: r.required(value.Amount, field), Currency: value.CurrencyCode}
}

func (r *read) fail(problem string) {
	if r.err == nil {
		r.err = newError(codes.Internal, "", problem)
	}
}

// Money is an amount in one currency (ISO 4217, or the code of a crypto asset).
type Money struct {
	Amount   decimal.Decimal
	Currency string
}
