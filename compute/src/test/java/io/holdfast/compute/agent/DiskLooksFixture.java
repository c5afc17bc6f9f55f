package io.holdfast.compute.agent;

import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.CountDownLatch;

/** Looks for tests elsewhere. */
public final class DiskLooksFixture {

    private DiskLooksFixture() {}

    /** On a storage that does not answer before the latch is down, nor when it is interrupted: neither does a dead one. */
    public static DiskLooks stalling(Path storage, CountDownLatch until) {
        return new DiskLooks(storage, "instances", 1, _ -> {
            boolean waits = true;
            while (waits) {
                try {
                    until.await();
                    waits = false;
                } catch (InterruptedException goesOn) {
                    // Whoever waits in the kernel for dead storage cannot be interrupted.
                }
            }
            return new DiskLooks.Stamp(1, FileTime.fromMillis(1), "a");
        });
    }
}
