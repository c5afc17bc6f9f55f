package io.holdfast.server.demo;

import java.io.PrintWriter;
import java.io.Writer;

/** The story on simulated hosts, told to nobody: every class that a controller needs is loaded once. */
public final class Rehearsal {

    private Rehearsal() {}

    public static void run() throws Exception {
        Narrator silent = new Narrator(new PrintWriter(Writer.nullWriter()));
        try (Stage stage = SimulatedStage.open(3);
                Cluster cluster = new Cluster(stage);
                OwnerInbox inbox = ReceiverInbox.on(stage.receiverAddress())) {
            new Story(stage, Failure.POWER, cluster, inbox, silent)
                    .tell(1, stage.hosts().getFirst());
        }
    }
}
