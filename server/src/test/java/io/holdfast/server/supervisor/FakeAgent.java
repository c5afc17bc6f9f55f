package io.holdfast.server.supervisor;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What a supervisor sees of an agent, and nothing else of it: a process that beats. */
final class FakeAgent {

    private FakeAgent() {}

    /** Arguments: where the life sign is, the boot's id, the supervisor's port. */
    public static void main(String[] arguments) throws Exception {
        LifeSign sign = LifeSign.begin(Path.of(arguments[0]), arguments[1], Integer.parseInt(arguments[2]));
        CountDownLatch never = new CountDownLatch(1);
        while (!never.await(200, TimeUnit.MILLISECONDS)) {
            sign.beat();
        }
    }
}
