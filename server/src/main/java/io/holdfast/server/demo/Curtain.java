package io.holdfast.server.demo;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/**
 * Says what came of it, once: after the last run, or when somebody presses Ctrl-C before. Nothing is told afterwards, so that
 * the table is the last thing on the screen.
 */
final class Curtain {

    private final Tally tally;
    private final Narrator narrator;
    private final @Nullable PrintWriter json;

    @GuardedBy("this")
    private @Nullable Report said;

    /** @param json where the report goes as one JSON object, or null for nowhere */
    Curtain(Tally tally, Narrator narrator, @Nullable PrintWriter json) {
        this.tally = tally;
        this.narrator = narrator;
        this.json = json;
    }

    /** After the last run that was told. */
    synchronized Report fall() {
        if (said == null) {
            said = tally.report();
            narrator.end(said.lines());
            if (json != null) {
                json.println(said.json());
                json.flush();
            }
        }
        return said;
    }

    /** In the middle of a run, from another thread. */
    void interrupt() {
        tally.end("interrupted");
        fall();
    }
}
