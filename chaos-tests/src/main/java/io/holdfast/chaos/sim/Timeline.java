package io.holdfast.chaos.sim;

import java.time.Duration;
import java.time.Instant;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** The one queue of events, and the time, which jumps from each event to the next. Events of one moment keep their order. */
public final class Timeline {

    /** When every world begins. */
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private long now;
    private long added;
    private long happened;

    /** Something that will happen unless it is cancelled. */
    public static final class Event implements Comparable<Event> {
        private final long at;
        private final long number;
        private @Nullable Runnable what;

        private Event(long at, long number, Runnable what) {
            this.at = at;
            this.number = number;
            this.what = what;
        }

        /** When it will happen, in nanoseconds since the world began. */
        long at() {
            return at;
        }

        public void cancel() {
            what = null;
        }

        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** Nanoseconds since the world began. */
    public long now() {
        return now;
    }

    /** The true wall time; no party of the world can see it, each has a clock of its own. */
    public Instant instant() {
        return START.plusNanos(now);
    }

    /** How many events have happened. */
    public long happened() {
        return happened;
    }

    public Event at(long nanos, Runnable what) {
        Event event = new Event(Math.max(nanos, now), added++, what);
        queue.add(event);
        return event;
    }

    public Event after(Duration delay, Runnable what) {
        return at(now + delay.toNanos(), what);
    }

    /** After whatever else is due now. */
    public void soon(Runnable what) {
        at(now, what);
    }

    /** Lets the next event happen if it is due by then; false if there is none, and then the time is {@code until}. */
    boolean step(long until) {
        while (true) {
            Event next = queue.peek();
            if (next == null || next.at > until) {
                now = Math.max(now, until);
                return false;
            }
            queue.poll();
            Runnable what = next.what;
            if (what != null) {
                now = next.at;
                next.what = null;
                happened++;
                what.run();
                return true;
            }
        }
    }
}
