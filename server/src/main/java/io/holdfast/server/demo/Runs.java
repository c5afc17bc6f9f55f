package io.holdfast.server.demo;

import io.holdfast.lab.LabException;
import io.holdfast.model.HostId;
import io.holdfast.server.cli.CommandFailure;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Tells the story so many times on one stage. The hosts fail in turn, so that each has the longest rest that there is between
 * two failures of its own.
 *
 * <p>A run that fails is one of the results, and the next one follows. Only when the stage cannot be made what it was, the
 * rest is not told: its figures would be those of something else.
 */
final class Runs {

    private final Play play;
    private final Tally tally;
    private final Narrator narrator;

    Runs(Play play, Tally tally, Narrator narrator) {
        this.play = play;
        this.tally = tally;
        this.narrator = narrator;
    }

    /** @param hosts of the stage, at least one */
    void all(List<HostId> hosts) {
        for (int run = 1; run <= tally.requested(); run++) {
            HostId victim = hosts.get((run - 1) % hosts.size());
            narrator.newRun();
            try {
                play.prepare(victim);
            } catch (StoryFailure | CommandFailure | LabException | UncheckedIOException e) {
                tally.end("run " + run + " was not begun, because the stage was not ready: " + e.getMessage());
                return;
            }
            RunResult result = play.tell(run, victim);
            tally.add(result);
            narrator.ran(result, tally.requested());
        }
    }
}
