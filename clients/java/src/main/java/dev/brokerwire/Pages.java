package dev.brokerwire;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A list that reads its pages as they are needed. Each iterator begins anew. */
public final class Pages<T> implements Iterable<T> {

    /** One answer; its items are read as they are taken, so that a bad one spoils none before it. */
    record Page<T>(Iterator<T> items, String next, List<String> unreachable) {
        static <M, T> Page<T> of(List<M> messages, Function<M, T> read, String next, List<String> unreachable) {
            return new Page<>(messages.stream().map(read).iterator(), next, unreachable);
        }
    }

    private final Function<String, Page<T>> fetch;
    private final Set<String> unreachable = new ConcurrentSkipListSet<>();

    /** @param fetch reads the page of a token; the first has an empty one */
    Pages(Function<String, Page<T>> fetch) {
        this.fetch = fetch;
    }

    /** Accounts that could not be read so far. Their items are missing, which does not mean that there are none. */
    public Set<String> unreachable() {
        return Set.copyOf(unreachable);
    }

    public Stream<T> stream() {
        return StreamSupport.stream(spliterator(), false);
    }

    @Override
    public Iterator<T> iterator() {
        return new Iterator<>() {
            private Page<T> page;

            @Override
            public boolean hasNext() {
                while (page == null || (!page.items.hasNext() && !page.next.isEmpty())) {
                    page = fetch.apply(page == null ? "" : page.next);
                    unreachable.addAll(page.unreachable);
                }
                return page.items.hasNext();
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return page.items.next();
            }
        };
    }
}
