package io.holdfast.compute.store;

import io.holdfast.compute.ConfigDrives;
import io.holdfast.compute.DriverException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Keeps what would be written, or fails as it is told to. */
final class RecordedDrives implements ConfigDrives {

    final Map<String, Map<String, byte[]>> written = new ConcurrentHashMap<>();
    final AtomicInteger writes = new AtomicInteger();

    /** Runs while one is being written. */
    volatile Runnable meanwhile = () -> {};

    private volatile @Nullable DriverException failure;

    @Override
    public void write(String file, Map<String, byte[]> content) throws DriverException {
        writes.incrementAndGet();
        meanwhile.run();
        DriverException now = failure;
        if (now != null) {
            throw now;
        }
        written.put(file, content);
    }

    /** From now on each write fails so; null lets them succeed again. */
    void fail(@Nullable DriverException how) {
        failure = how;
    }
}
