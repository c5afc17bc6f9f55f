package io.holdfast.recovery;

import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A bounded number of places for calls under way. Who finds none waits in the order of coming, without holding a thread.
 * Any thread may call it.
 */
final class Places {

    private final Workers workers;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int free;

    Places(int places, Workers workers) {
        this.free = places;
        this.workers = workers;
    }

    /** Runs it here and now if there is a place, else when one becomes free. It has to call {@link #leave} in the end. */
    void enter(Runnable call) {
        synchronized (this) {
            if (free == 0) {
                waiting.add(call);
                return;
            }
            free--;
        }
        call.run();
    }

    /** Gives the place to the next in line. */
    void leave() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                free++;
                return;
            }
        }
        workers.run(next);
    }
}
