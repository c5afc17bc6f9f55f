package io.holdfast.compute.store;

import io.holdfast.compute.Instance;
import io.holdfast.compute.InstanceListener;
import io.holdfast.model.InstanceId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners what became durable, in order per instance.
 *
 * <p>Two transactions on one instance commit in the order of their row lock, but the threads that ran them may arrive
 * here in the other order. The row's version decides: a version older than one already told is dropped, so a listener
 * never steps back in time. One thread tells, so a listener needs no lock of its own.
 */
final class InstanceChanges implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(InstanceChanges.class);

    private final List<InstanceListener> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService teller = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("instance-changes").daemon().factory());

    /** Touched by the teller alone. A deleted instance leaves the map with its last telling. */
    private final Map<InstanceId, Told> told = new HashMap<>();

    void add(InstanceListener listener) {
        listeners.add(listener);
    }

    void committed(Instance after, long version, boolean gone) {
        try {
            teller.execute(() -> tell(after, version, gone));
        } catch (RejectedExecutionException e) {
            log.debug("instance {} changed after close; nobody is told", after.id(), e);
        }
    }

    private void tell(Instance after, long version, boolean gone) {
        Told before = told.get(after.id());
        if (before != null && before.version >= version) {
            return;
        }
        if (gone) {
            told.remove(after.id());
        } else {
            told.put(after.id(), new Told(after, version));
        }
        for (InstanceListener listener : listeners) {
            try {
                listener.changed(before == null ? null : before.instance, after);
            } catch (RuntimeException e) {
                // One listener's defect must not keep the others from hearing of a failure.
                log.error("a listener failed on instance {}", after.id(), e);
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

    private record Told(Instance instance, long version) {}
}
