package io.holdfast.server.demo;

import io.holdfast.model.HostId;
import java.io.PrintWriter;
import java.io.Writer;

/** The story on simulated hosts, told to nobody: every class that a controller needs is loaded once. */
public final class Rehearsal {

    private Rehearsal() {}

    public static void run() throws Exception {
        Narrator silent = Narrator.of(new PrintWriter(Writer.nullWriter()));
        try (Stage stage = SimulatedStage.open(3);
                Cluster cluster = new Cluster(stage);
                OwnerInbox inbox = ReceiverInbox.on(stage.receiverAddress())) {
            Story story = new Story(stage, Failure.POWER, cluster, inbox, silent);
            HostId victim = stage.hosts().getFirst();
            story.prepare(victim);
            RunResult result = story.tell(1, victim);
            if (!result.ok()) {
                throw new StoryFailure("the rehearsal failed: " + String.join("; ", result.problems()));
            }
        }
    }
}
