// Command example buys a little below the market, lets go of what does not fill, and keeps a tape that survives a
// restart.
//
// Start a gateway on paper (brokerwire serve), then: go run ./example. Run it again: the tape goes on where it ended.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/shopspring/decimal"

	"github.com/brokerwire/brokerwire/clients/go/brokerwire"
	pb "github.com/brokerwire/brokerwire/clients/go/brokerwire/v1"
)

const symbol = "AAPL"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	bw, err := brokerwire.Dial(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer bw.Close()

	stream := bw.StreamOrders(ctx, brokerwire.OrderStreamOptions{
		StreamOptions: brokerwire.StreamOptions{TokenStore: brokerwire.FileTokenStore("strategy.token")},
	})
	live, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tape(ctx, stream, live)
	}()
	select {
	case <-live: // from here on, what happens is on the tape
		if err := trade(ctx, bw); err != nil {
			log.Print(err)
		}
		time.Sleep(time.Second) // for the last fills to be printed
	case <-done:
	}
	stream.Close()
	<-done
}

// tape prints every fill once, whatever happens to the connection.
func tape(ctx context.Context, stream *brokerwire.Stream[brokerwire.OrderEvent], live chan<- struct{}) {
	for item, err := range stream.Items(ctx) {
		if err != nil {
			log.Print(err)
			return
		}
		switch item := item.(type) {
		case brokerwire.Opened:
			if live != nil {
				close(live)
				live = nil
			}
		case brokerwire.OrderEvent:
			if fill := item.Fill; fill != nil {
				fmt.Printf("  tape: %s %s %s at %s\n", brokerwire.Name(fill.Side), fill.Quantity, fill.Symbol, fill.Price)
			}
		case brokerwire.Reset:
			fmt.Println("  tape: something was missed; read Fills to close the gap")
		case brokerwire.Disconnected:
			fmt.Println("  tape:", item.Err)
		}
	}
}

// trade is one round: a patient buy, then flat again.
func trade(ctx context.Context, bw *brokerwire.Client) error {
	ask, err := askPrice(ctx, bw)
	if err != nil {
		return err
	}
	order, err := bw.Submit(ctx, brokerwire.OrderRequest{
		Symbol: symbol, Side: brokerwire.Buy, Quantity: brokerwire.Dec("10"),
		LimitPrice: brokerwire.Some(ask.Sub(decimal.New(1, -2))),
	})
	if err != nil {
		return fmt.Errorf("not bought: %w", err)
	}
	patience, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	order, err = bw.Wait(patience, order, nil)
	if errors.Is(err, brokerwire.ErrDeadlineExceeded) {
		var canceled brokerwire.Cancellation
		canceled, err = bw.Cancel(ctx, order.Key())
		order = canceled.Order
	}
	if err != nil {
		return err
	}
	fmt.Printf("bought %s at %s (%s)\n", order.FilledQuantity, order.AverageFillPrice.Decimal, brokerwire.Name(order.State))
	if order.FilledQuantity.IsZero() {
		return nil
	}
	sold, err := bw.Submit(ctx, brokerwire.OrderRequest{
		Symbol: symbol, Side: brokerwire.Sell, Quantity: brokerwire.Some(order.FilledQuantity),
	})
	if err == nil {
		sold, err = bw.Wait(ctx, sold, nil)
	}
	if err != nil {
		return err
	}
	fmt.Printf("sold %s at %s\n", sold.FilledQuantity, sold.AverageFillPrice.Decimal)
	return nil
}

// askPrice shows how to call what the package has no method for: the stubs, on the client's connection.
func askPrice(ctx context.Context, bw *brokerwire.Client) (decimal.Decimal, error) {
	answer, err := pb.NewMarketDataServiceClient(bw.Conn()).GetQuotes(ctx, &pb.GetQuotesRequest{Symbols: []string{symbol}})
	if err != nil {
		return decimal.Decimal{}, err
	}
	if len(answer.Quotes) == 0 || answer.Quotes[0].AskPrice == nil {
		return decimal.Decimal{}, errors.New("no price yet")
	}
	return brokerwire.ParseDecimal(answer.Quotes[0].AskPrice.Value)
}
