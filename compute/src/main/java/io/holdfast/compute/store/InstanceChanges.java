package io.holdfast.compute.store;

import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceListener;
import io.holdfast.model.InstanceId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners what became durable, in order per instance.
 *
 * <p>Two transactions on one instance commit in the order of their row lock, but the threads that ran them may arrive
 * here in the other order. The row's version decides: a version older than one already told is dropped, so a listener
 * never steps back in time. One thread tells, so a listener needs no lock of its own.
 *
 * <p>What an instance was before is what was told last; for the first telling since this controller started, it is what
 * the transaction found. So "before" is null for a new instance only, and never because a controller is new.
 */
final class InstanceChanges implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(InstanceChanges.class);

    /** A late version of a deleted instance arrives within moments; too few would let it rise again for listeners. */
    private static final int GRAVES = 1024;

    private final List<InstanceListener> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService teller = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("instance-changes").daemon().factory());

    /** Touched by the teller alone. A deleted instance leaves the map with its last telling. */
    private final Map<InstanceId, Told> told = new HashMap<>();

    /** Versions of those deleted last. Touched by the teller alone. */
    private final Map<InstanceId, Long> graves = new LinkedHashMap<>();

    void add(InstanceListener listener) {
        listeners.add(listener);
    }

    void committed(Change change) {
        try {
            teller.execute(() -> tell(change));
        } catch (RejectedExecutionException e) {
            log.debug(
                    "instance {} changed after close; nobody is told",
                    change.after().id(),
                    e);
        }
    }

    private void tell(Change change) {
        InstanceId id = change.after().id();
        Told last = told.get(id);
        Long grave = graves.get(id);
        if ((last != null && last.version >= change.version()) || (grave != null && grave >= change.version())) {
            return;
        }
        if (change.gone()) {
            told.remove(id);
            graves.put(id, change.version());
            if (graves.size() > GRAVES) {
                graves.remove(graves.keySet().iterator().next());
            }
        } else {
            told.put(id, new Told(change.after(), change.version()));
        }
        Instance before = last == null ? change.before() : last.instance;
        for (InstanceListener listener : listeners) {
            try {
                listener.changed(before, change.after());
            } catch (RuntimeException e) {
                // One listener's defect must not keep the others from hearing of a failure.
                log.error("a listener failed on instance {}", id, e);
            }
        }
    }

    @Override
    public void close() {
        teller.shutdown();
        try {
            if (!teller.awaitTermination(2, TimeUnit.SECONDS)) {
                teller.shutdownNow();
            }
        } catch (InterruptedException e) {
            teller.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * One committed change of one row.
     *
     * @param before as the transaction found it; null when it made it
     * @param version of the row after it
     * @param gone deleted for good
     */
    record Change(@Nullable Instance before, Instance after, long version, boolean gone) {}

    private record Told(Instance instance, long version) {}
}
