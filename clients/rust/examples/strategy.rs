//! Buys a little below the market, lets go of what does not fill, and keeps a tape that survives a restart.
//!
//! Start a gateway on paper (`brokerwire serve`), then: `cargo run --example strategy`. Run it again: the tape goes on where
//! it ended.

use std::time::Duration;

use brokerwire::v1::GetQuotesRequest;
use brokerwire::{
    Client, Decimal, Error, ErrorKind, EventStream, FileTokenStore, Item, Order, OrderEvent, OrderRequest,
    OrderStreamOptions, StreamOptions, parse_decimal,
};
use tokio::sync::oneshot;

const SYMBOL: &str = "AAPL";

#[tokio::main]
async fn main() -> Result<(), Error> {
    let bw = Client::connect()?;
    let stream = bw.stream_orders(OrderStreamOptions {
        stream: StreamOptions::kept_in(FileTokenStore::new("strategy.token")),
        ..Default::default()
    });
    let closer = stream.closer();
    let (opened, live) = oneshot::channel();
    let tape = tokio::spawn(tape(stream, opened));
    if live.await.is_ok() {
        trade(&bw).await?; // from here on, what happens is on the tape
        tokio::time::sleep(Duration::from_secs(1)).await; // for the last fills to be printed
    }
    closer.close();
    tape.await.expect("the tape does not panic")
}

/// Prints every fill once, whatever happens to the connection.
async fn tape(mut stream: EventStream<OrderEvent>, opened: oneshot::Sender<()>) -> Result<(), Error> {
    let mut opened = Some(opened);
    while let Some(item) = stream.next().await {
        match item? {
            Item::Opened(_) => {
                if let Some(opened) = opened.take() {
                    let _ = opened.send(());
                }
            }
            Item::Event(event) => {
                if let Some(fill) = event.fill {
                    println!(
                        "  tape: {} {} {} at {}",
                        fill.side, fill.quantity, fill.symbol, fill.price
                    );
                }
            }
            Item::Reset { .. } => println!("  tape: something was missed; read `fills` to close the gap"),
            Item::Disconnected { error, .. } => println!("  tape: {error}"),
            _ => {}
        }
    }
    Ok(())
}

/// One round: a patient buy, then flat again.
async fn trade(bw: &Client) -> Result<(), Error> {
    let limit = ask_price(bw).await? - parse_decimal("0.01")?;
    let order = bw.submit(OrderRequest::buy(SYMBOL, 10).limit(limit)).await?;
    let order = filled_or_canceled(bw, order).await?;
    println!(
        "bought {} at {} ({})",
        order.filled_quantity,
        price(&order),
        order.state
    );
    if order.filled_quantity == 0 {
        return Ok(());
    }
    let sold = bw.submit(OrderRequest::sell(SYMBOL, &order.filled_quantity)).await?;
    let sold = bw.wait(&sold).await?;
    println!("sold {} at {}", sold.filled_quantity, price(&sold));
    Ok(())
}

async fn filled_or_canceled(bw: &Client, order: Order) -> Result<Order, Error> {
    match bw.wait_for(&order, Duration::from_secs(5)).await {
        Err(error) if error.is(ErrorKind::DeadlineExceeded) => Ok(bw.cancel(&order).await?.order),
        result => result,
    }
}

fn price(order: &Order) -> String {
    let price = order.average_fill_price.as_ref();
    price.map_or("no price".to_owned(), ToString::to_string)
}

/// Shows how to call what the crate has no method for: the stubs, on the client's connection.
async fn ask_price(bw: &Client) -> Result<Decimal, Error> {
    let request = GetQuotesRequest {
        symbols: vec![SYMBOL.to_owned()],
        ..Default::default()
    };
    let quotes = bw.market_data_stub().get_quotes(request).await?.into_inner().quotes;
    let price = quotes.first().and_then(|quote| quote.ask_price.as_ref());
    parse_decimal(price.map_or("", |price| &price.value))
}
