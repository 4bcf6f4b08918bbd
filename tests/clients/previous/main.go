// Command main is a client of the previous release: its stubs alone, a stream that resumes, and what it saw as JSON.
// It is built with the stubs made from contract.binpb.gz, and is the twin of strategy.py.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

type client struct {
	ctx     context.Context
	account string
	trading pb.OrderServiceClient
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Second)
	defer cancel()
	channel, err := grpc.NewClient(os.Getenv("BROKERWIRE_ADDRESS"), grpc.WithTransportCredentials(insecure.NewCredentials()))
	must(err)
	c := client{ctx: ctx, account: os.Args[1], trading: pb.NewOrderServiceClient(channel)}
	events := c.trade()
	seen := map[string]any{
		"events": sequences(events), "fills": fills(events), "session": c.inSession(), "refusal": c.refusal(),
		"orders": c.listed(), "positions": c.positions(pb.NewPositionServiceClient(channel)),
	}
	must(json.NewEncoder(os.Stdout).Encode(seen))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func decimal(value string) *pb.Decimal { return &pb.Decimal{Value: value} }

func (c client) order(name, quantity, limit string) *pb.OrderRequest {
	order := &pb.OrderRequest{
		AccountId: c.account, ClientOrderId: name, Instrument: &pb.Instrument{Symbol: "AAPL"}, Side: pb.Side_SIDE_BUY,
		Type: pb.OrderType_ORDER_TYPE_MARKET, TimeInForce: pb.TimeInForce_TIME_IN_FORCE_DAY,
		Size: &pb.OrderRequest_Quantity{Quantity: decimal(quantity)},
	}
	if limit != "" {
		order.Type, order.LimitPrice = pb.OrderType_ORDER_TYPE_LIMIT, decimal(limit)
	}
	return order
}

func (c client) submit(name, quantity, limit string) (*pb.Order, error) {
	response, err := c.trading.SubmitOrder(c.ctx, &pb.SubmitOrderRequest{Order: c.order(name, quantity, limit)})
	return response.GetOrder(), err
}

// read reads a stream up to the end of that order; without a name, until it has caught up. It gives where to go on.
func (c client) read(token, last string) (string, []*pb.OrderEvent) {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	stream, err := c.trading.StreamOrders(ctx, &pb.StreamOrdersRequest{
		AccountIds: []string{c.account}, Options: &pb.StreamOptions{ResumeToken: token},
	})
	must(err)
	var events []*pb.OrderEvent
	for ended := false; !ended; {
		batch, err := stream.Recv()
		must(err)
		if batch.ResumeToken != "" {
			token = batch.ResumeToken
		}
		for _, item := range batch.Items {
			if event := item.GetEvent(); event != nil {
				events = append(events, event)
				ended = ended || event.Order.ClientOrderId == last && event.Order.Terminal
			}
			ended = ended || last == "" && item.GetControl().GetCaughtUp() != nil
		}
	}
	return token, events
}

// trade buys, replaces and cancels, with a stream that is read in two lives.
func (c client) trade() []*pb.OrderEvent {
	token, _ := c.read("", "")
	_, err := c.submit("filled", "10", "")
	must(err)
	token, events := c.read(token, "filled")
	resting, err := c.submit("resting", "5", "1.50")
	must(err)
	_, err = c.trading.ReplaceOrder(c.ctx, &pb.ReplaceOrderRequest{
		AccountId: c.account, OrderKey: &pb.ReplaceOrderRequest_OrderId{OrderId: resting.OrderId},
		NewClientOrderId: "change", ExpectedVersion: &resting.Version, Quantity: decimal("7"),
	})
	must(err)
	_, err = c.trading.CancelOrder(c.ctx, &pb.CancelOrderRequest{
		AccountId: c.account, OrderKey: &pb.CancelOrderRequest_ClientOrderId{ClientOrderId: "resting"},
	})
	must(err)
	_, later := c.read(token, "resting")
	return append(events, later...)
}

// inSession submits two orders, one of which is refused.
func (c client) inSession() []string {
	session, err := c.trading.OrderSession(c.ctx)
	must(err)
	must(session.Send(&pb.OrderSessionRequest{Commands: []*pb.OrderCommand{
		{CommandId: 1, Command: &pb.OrderCommand_Submit{Submit: c.order("by-session", "2", "1.50")}},
		{CommandId: 2, Command: &pb.OrderCommand_Submit{Submit: c.order("refused", "-1", "1.50")}},
	}}))
	must(session.CloseSend())
	results := make([]string, 2)
	for {
		response, err := session.Recv()
		if err == io.EOF {
			return results
		}
		must(err)
		for _, result := range response.Results {
			switch result.Result.(type) {
			case *pb.OrderResult_Submit:
				results[result.CommandId-1] = "submit"
			case *pb.OrderResult_Error:
				results[result.CommandId-1] = "error"
			}
		}
	}
}

func (c client) refusal() string {
	if _, err := c.submit("refused", "-1", ""); err != nil {
		return status.Code(err).String()
	}
	return "taken"
}

// listed reads all orders, a page of two at a time.
func (c client) listed() map[string]any {
	found := map[string]any{}
	request := &pb.ListOrdersRequest{AccountIds: []string{c.account}, PageSize: 2}
	for {
		page, err := c.trading.ListOrders(c.ctx, request)
		must(err)
		for _, o := range page.Orders {
			found[o.ClientOrderId] = []any{o.State, o.Quantity.GetValue(), o.FilledQuantity.GetValue()}
		}
		if request.PageToken = page.NextPageToken; request.PageToken == "" {
			return found
		}
	}
}

func (c client) positions(holding pb.PositionServiceClient) map[string]string {
	response, err := holding.ListPositions(c.ctx, &pb.ListPositionsRequest{AccountIds: []string{c.account}})
	must(err)
	found := map[string]string{}
	for _, position := range response.Positions {
		found[position.Instrument.Symbol] = position.Quantity.GetValue()
	}
	return found
}

func sequences(events []*pb.OrderEvent) []int64 {
	found := []int64{}
	for _, event := range events {
		found = append(found, event.Sequence)
	}
	return found
}

func fills(events []*pb.OrderEvent) [][]string {
	found := [][]string{}
	for _, event := range events {
		if event.Fill != nil {
			found = append(found, []string{event.Fill.FillId, event.Fill.Quantity.GetValue()})
		}
	}
	return found
}
