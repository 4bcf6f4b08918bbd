package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/brokerwire/brokerwire/clients/go/brokerwire"
	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// number reads a decimal as a user of the client would, and notes the first that is none.
type number struct {
	decimal.NullDecimal
	err error
}

func (n *number) UnmarshalJSON(text []byte) error {
	var given string
	if err := json.Unmarshal(text, &given); err != nil {
		return err
	}
	value, err := brokerwire.ParseDecimal(given)
	n.NullDecimal, n.err = brokerwire.Some(value), err
	return nil
}

// orderRequest reads the arguments of a submit.
func orderRequest(line []byte) (brokerwire.OrderRequest, error) {
	var given struct {
		ClientOrderID      string `json:"client_order_id"`
		Symbol, Side, Type string
		TimeInForce        string `json:"time_in_force"`
		Quantity           number
		LimitPrice         number `json:"limit_price"`
		StopPrice          number `json:"stop_price"`
		TakeProfit         number `json:"take_profit"`
		StopLoss           number `json:"stop_loss"`
		Tags               map[string]string
	}
	if err := json.Unmarshal(line, &given); err != nil {
		return brokerwire.OrderRequest{}, err
	}
	request := brokerwire.OrderRequest{
		ClientOrderID: given.ClientOrderID, Symbol: given.Symbol, Tags: given.Tags,
		Side:        brokerwire.Side(value("SIDE_", given.Side, pb.Side_value)),
		Type:        brokerwire.OrderType(value("ORDER_TYPE_", given.Type, pb.OrderType_value)),
		TimeInForce: brokerwire.TimeInForce(value("TIME_IN_FORCE_", given.TimeInForce, pb.TimeInForce_value)),
		Quantity:    given.Quantity.NullDecimal, LimitPrice: given.LimitPrice.NullDecimal,
		StopPrice: given.StopPrice.NullDecimal, TakeProfit: given.TakeProfit.NullDecimal,
	}
	if given.StopLoss.Valid {
		request.StopLoss = &brokerwire.StopLoss{StopPrice: given.StopLoss.NullDecimal}
	}
	for _, n := range []number{given.Quantity, given.LimitPrice, given.StopPrice, given.TakeProfit, given.StopLoss} {
		if n.err != nil {
			return request, n.err
		}
	}
	return request, nil
}

func replaceRequest(line []byte) (brokerwire.ReplaceRequest, error) {
	var given struct {
		Quantity        number
		LimitPrice      number `json:"limit_price"`
		ExpectedVersion int64  `json:"expected_version"`
	}
	err := json.Unmarshal(line, &given)
	return brokerwire.ReplaceRequest{
		Quantity: given.Quantity.NullDecimal, LimitPrice: given.LimitPrice.NullDecimal,
		ExpectedVersion: given.ExpectedVersion,
	}, err
}

// value is the number of an enum value by its short name; zero, unspecified, for none.
func value(prefix, name string, values map[string]int32) int32 {
	if name == "" {
		return 0
	}
	number, known := values[prefix+strings.ToUpper(name)]
	if !known {
		panic(fmt.Sprintf("no such value: %s", name))
	}
	return number
}
