package brokerwire

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

// gateway is a server that does as it is told.
type gateway struct {
	pb.UnimplementedOrderServiceServer
	pb.UnimplementedAccountServiceServer

	submit   func(*pb.SubmitOrderRequest) (*pb.SubmitOrderResponse, error)
	accounts *pb.ListAccountsResponse
	session  func(pb.OrderService_OrderSessionServer) error
	// stream serves the nth connection, from 1.
	stream func(n int, request *pb.StreamOrdersRequest, send func(...*pb.StreamOrdersResponse)) error

	mu     sync.Mutex
	tokens []string
}

func (g *gateway) SubmitOrder(ctx context.Context, r *pb.SubmitOrderRequest) (*pb.SubmitOrderResponse, error) {
	answer, err := g.submit(r)
	if err == errHang {
		<-ctx.Done()
	}
	return answer, err
}

func (g *gateway) ListAccounts(context.Context, *pb.ListAccountsRequest) (*pb.ListAccountsResponse, error) {
	return g.accounts, nil
}

func (g *gateway) OrderSession(call pb.OrderService_OrderSessionServer) error { return g.session(call) }

func (g *gateway) StreamOrders(r *pb.StreamOrdersRequest, call pb.OrderService_StreamOrdersServer) error {
	g.mu.Lock()
	g.tokens = append(g.tokens, r.Options.ResumeToken)
	n := len(g.tokens)
	g.mu.Unlock()
	err := g.stream(n, r, func(batches ...*pb.StreamOrdersResponse) {
		for _, b := range batches {
			_ = call.Send(b)
		}
	})
	if err == errHang {
		<-call.Context().Done()
	}
	return err
}

// errHang: say nothing more until the client leaves.
var errHang = errors.New("hang")

// asked gives the tokens that connections began with.
func (g *gateway) asked() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tokens
}

// serve runs it and gives a client of it, for the length of a test.
func serve(t *testing.T, g *gateway, options ...Option) *Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	pb.RegisterOrderServiceServer(server, g)
	pb.RegisterAccountServiceServer(server, g)
	go func() { _ = server.Serve(listener) }()
	client, err := Dial(context.Background(), append([]Option{WithAddress(listener.Addr().String())}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(); server.Stop() })
	return client
}

func opened(heartbeat time.Duration) *pb.StreamOrdersResponse {
	return batchOf("", &pb.StreamOrdersItem{Item: &pb.StreamOrdersItem_Control{Control: &pb.StreamControl{
		Control: &pb.StreamControl_Opened{Opened: &pb.StreamOpened{
			Mode: pb.StreamMode_STREAM_MODE_RESUMED, HeartbeatInterval: durationpb.New(heartbeat),
		}},
	}}})
}

func events(token string, sequences ...int64) *pb.StreamOrdersResponse {
	b := &pb.StreamOrdersResponse{ResumeToken: token}
	for _, sequence := range sequences {
		b.Items = append(b.Items, &pb.StreamOrdersItem{Item: &pb.StreamOrdersItem_Event{Event: &pb.OrderEvent{
			AccountId: "a", Sequence: sequence, Order: &pb.Order{FilledQuantity: &pb.Decimal{Value: "0"}},
		}}})
	}
	return b
}

func batchOf(token string, items ...*pb.StreamOrdersItem) *pb.StreamOrdersResponse {
	return &pb.StreamOrdersResponse{Items: items, ResumeToken: token}
}

func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
