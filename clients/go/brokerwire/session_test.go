package brokerwire

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

var draft = OrderRequest{Symbol: "AAPL", Side: Buy, Quantity: Dec("1"), ClientOrderID: "c-1"}

func filled(id string) *pb.SubmitOrderResponse {
	return &pb.SubmitOrderResponse{Order: &pb.Order{ClientOrderId: id, FilledQuantity: &pb.Decimal{Value: "1"}}}
}

func done(c *pb.OrderCommand) *pb.OrderResult {
	return &pb.OrderResult{
		CommandId: c.CommandId, Result: &pb.OrderResult_Submit{Submit: filled(c.GetSubmit().ClientOrderId)},
	}
}

func TestResultsFindTheirCommandsInWhateverOrderTheyCome(t *testing.T) {
	const count = 2500 // more than two messages hold
	g := &gateway{session: func(call pb.OrderService_OrderSessionServer) error {
		var commands []*pb.OrderCommand
		for len(commands) < count {
			request, err := call.Recv()
			if err != nil {
				return err
			}
			if len(request.Commands) > 1000 {
				return status.Error(codes.InvalidArgument, "too many commands")
			}
			commands = append(commands, request.Commands...)
		}
		for i := range commands {
			result := done(commands[len(commands)-1-i])
			if err := call.Send(&pb.OrderSessionResponse{Results: []*pb.OrderResult{result}}); err != nil {
				return err
			}
		}
		_, err := call.Recv() // io.EOF: the client is done
		if err == nil {
			return status.Error(codes.InvalidArgument, "one command too many")
		}
		return nil
	}}
	session, err := serve(t, g, WithAccount("a")).Session(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	var results []*Result[Order]
	for i := range count {
		request := draft
		request.ClientOrderID = fmt.Sprint(i)
		results = append(results, session.Submit(request))
	}
	session.Close(patient(t))
	for i, result := range results {
		order, err := result.Wait(patient(t))
		if err != nil || order.ClientOrderID != fmt.Sprint(i) || result.ClientOrderID != fmt.Sprint(i) {
			t.Fatalf("%d: %v, %v", i, order.ClientOrderID, err)
		}
	}
}

func TestACommandWithoutAResultMayHaveBeenSent(t *testing.T) {
	g := &gateway{session: func(call pb.OrderService_OrderSessionServer) error {
		if _, err := call.Recv(); err != nil {
			return err
		}
		return status.Error(codes.Unavailable, "gone")
	}}
	session, err := serve(t, g, WithAccount("a")).Session(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	_, err = session.Submit(draft).Wait(patient(t))
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, ErrSessionClosed) || e.Sent != SentUnknown || e.ClientOrderID != "c-1" {
		t.Errorf("got %v", err)
	}
	_, err = session.Submit(draft).Wait(patient(t))
	if !errors.As(err, &e) || !errors.Is(err, ErrSessionClosed) || e.Sent != SentNo {
		t.Errorf("after the end: %v", err)
	}
	session.Close(patient(t))
}

func TestAfterAGoodbyeResultsComeAndNoCommandGoes(t *testing.T) {
	proceed := make(chan struct{})
	g := &gateway{session: func(call pb.OrderService_OrderSessionServer) error {
		request, err := call.Recv()
		if err != nil {
			return err
		}
		goodbye := &pb.StreamControl{Control: &pb.StreamControl_Goodbye{Goodbye: &pb.Goodbye{Reason: "shutting down"}}}
		_ = call.Send(&pb.OrderSessionResponse{Control: goodbye})
		<-proceed
		return call.Send(&pb.OrderSessionResponse{Results: []*pb.OrderResult{done(request.Commands[0])}})
	}}
	session, err := serve(t, g, WithAccount("a")).Session(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	under := session.Submit(draft)
	for refused := false; !refused; { // until the goodbye has arrived
		late := session.Submit(draft)
		select {
		case <-late.ready:
			_, err = late.Wait(patient(t))
			refused = errors.Is(err, ErrSessionClosed)
		default:
		}
	}
	close(proceed)
	if _, err := under.Wait(patient(t)); err != nil {
		t.Errorf("the result under way: %v", err)
	}
}

func TestAnErrorBeforeSendingNamesTheOrder(t *testing.T) {
	client := serve(t, &gateway{accounts: &pb.ListAccountsResponse{Accounts: []*pb.Account{
		{AccountId: "a"}, {AccountId: "b"},
	}}})
	_, err := client.Submit(patient(t), draft)
	var e *Error
	if !errors.As(err, &e) || e.Reason != ReasonFieldRequired || e.ClientOrderID != "c-1" || e.Sent != SentNo {
		t.Errorf("got %v", err)
	}
}

func TestTheOnlyOpenAccountIsMeant(t *testing.T) {
	var meant string
	g := &gateway{
		accounts: &pb.ListAccountsResponse{Accounts: []*pb.Account{
			{AccountId: "old", Status: pb.AccountStatus_ACCOUNT_STATUS_CLOSED}, {AccountId: "only"},
		}},
		submit: func(r *pb.SubmitOrderRequest) (*pb.SubmitOrderResponse, error) {
			meant = r.Order.AccountId
			return filled(r.Order.ClientOrderId), nil
		},
	}
	if _, err := serve(t, g).Submit(patient(t), draft); err != nil || meant != "only" {
		t.Errorf("%q, %v", meant, err)
	}
	g.accounts = &pb.ListAccountsResponse{Unreachable: []string{"alpaca"}}
	if _, err := serve(t, g).Submit(patient(t), draft); !errors.Is(err, ErrUnavailable) {
		t.Errorf("with an account that cannot be seen: %v", err)
	}
}

func TestACallHasTheClientsDeadlineUnlessItsOwnIsEarlier(t *testing.T) {
	g := &gateway{submit: func(*pb.SubmitOrderRequest) (*pb.SubmitOrderResponse, error) {
		return nil, errHang
	}}
	client := serve(t, g, WithAccount("a"), WithTimeout(50*time.Millisecond))
	_, err := client.Submit(context.Background(), draft)
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, ErrDeadlineExceeded) || e.ClientOrderID != "c-1" || e.Sent != SentUnknown {
		t.Errorf("got %v", err)
	}
}
