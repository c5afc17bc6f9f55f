package io.holdfast.compute.agent;

import io.holdfast.compute.DriverException;
import io.holdfast.model.InstanceId;
import java.util.concurrent.Semaphore;

/** How many instances may have one kind of work done at the same time. Blocks those that come after. */
final class Turn {

    private final Semaphore free;

    Turn(int most) {
        this.free = new Semaphore(most);
    }

    @FunctionalInterface
    interface Work<T> {
        T run() throws DriverException;
    }

    <T> T of(InstanceId instance, Work<T> work) throws DriverException {
        try {
            free.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException("nothing was done for instance " + instance + ", the agent is closing", e);
        }
        try {
            return work.run();
        } finally {
            free.release();
        }
    }
}
