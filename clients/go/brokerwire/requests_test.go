package brokerwire

import (
	"errors"
	"testing"

	"github.com/shopspring/decimal"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

func TestTypeAndClassFollowFromWhatIsGiven(t *testing.T) {
	one := Dec("1")
	for _, c := range []struct {
		request OrderRequest
		kind    OrderType
		class   OrderClass
	}{
		{OrderRequest{}, Market, pb.OrderClass_ORDER_CLASS_SIMPLE},
		{OrderRequest{LimitPrice: one}, Limit, pb.OrderClass_ORDER_CLASS_SIMPLE},
		{OrderRequest{StopPrice: one}, Stop, pb.OrderClass_ORDER_CLASS_SIMPLE},
		{OrderRequest{StopPrice: one, LimitPrice: one}, StopLimit, pb.OrderClass_ORDER_CLASS_SIMPLE},
		{OrderRequest{TrailPercent: one}, TrailingStop, pb.OrderClass_ORDER_CLASS_SIMPLE},
		{OrderRequest{TakeProfit: one}, Market, pb.OrderClass_ORDER_CLASS_OTO},
		{OrderRequest{TakeProfit: one, StopLoss: &StopLoss{StopPrice: one}}, Market, pb.OrderClass_ORDER_CLASS_BRACKET},
		{OrderRequest{Legs: []*pb.OrderLeg{{}, {}}}, Market, pb.OrderClass_ORDER_CLASS_MULTI_LEG},
		{OrderRequest{Type: Limit, Class: pb.OrderClass_ORDER_CLASS_OCO}, Limit, pb.OrderClass_ORDER_CLASS_OCO},
	} {
		m, err := c.request.message("a")
		if err != nil || m.Type != c.kind || m.OrderClass != c.class || m.TimeInForce != Day {
			t.Errorf("%+v: %v, %v", c.request, m, err)
		}
	}
}

func TestEveryOrderHasItsIDBeforeAnythingCanFail(t *testing.T) {
	request := OrderRequest{Quantity: Some(decimal.New(1, 99))}
	if _, err := request.message("a"); err == nil || request.ClientOrderID == "" {
		t.Errorf("%q, %v", request.ClientOrderID, err)
	}
	own := OrderRequest{ClientOrderID: "mine"}
	if m, _ := own.message("a"); m.ClientOrderId != "mine" {
		t.Errorf("%v", m)
	}
	first, second := newID(), newID()
	if len(first) != 36 || first[14] != '7' || first >= second {
		t.Errorf("%s, then %s", first, second)
	}
}

func TestWhatExcludesEachOtherIsRefused(t *testing.T) {
	one := Dec("1")
	for _, request := range []OrderRequest{
		{Quantity: one, Notional: &Money{Amount: one.Decimal, Currency: "USD"}},
		{TrailAmount: one, TrailPercent: one},
	} {
		if _, err := request.message("a"); !errors.Is(err, ErrInvalidRequest) {
			t.Errorf("%+v: %v", request, err)
		}
	}
}

func TestAReplaceSaysOnlyWhatChanges(t *testing.T) {
	request := ReplaceRequest{LimitPrice: Dec("2")}
	m, err := request.message()
	if err != nil || m.Quantity != nil || m.TimeInForce != nil || m.ExpectedVersion != nil || m.LimitPrice.Value != "2" {
		t.Errorf("%v, %v", m, err)
	}
	if m.NewClientOrderId == "" || m.NewClientOrderId != request.NewClientOrderID {
		t.Errorf("%v", m)
	}
}

func TestNamesOfEnumValuesSurviveANewerGateway(t *testing.T) {
	if Name(PartiallyFilled) != "partially_filled" || Name(OrderState(77)) != "unknown(77)" || Name(GTC) != "gtc" {
		t.Error(Name(PartiallyFilled), Name(OrderState(77)), Name(GTC))
	}
}
