package io.holdfast.compute;

import java.util.EnumSet;
import java.util.Set;

/**
 * What is done when a guest fails of which nobody says anything, nor its flavor, nor its image. Each is {@code automatic}, begun
 * anew on the same host, or {@code notify}, told to its owner and left as it is.
 *
 * @param panic its kernel panicked; default automatic
 * @param lost its process is gone without an order; default automatic
 * @param stop it shut itself down; default notify
 * @param silent its heartbeat has ceased; default notify
 * @param unhealthy it says that it is not as it should be; default notify
 */
public record GuestDefaults(Answer panic, Answer lost, Answer stop, Answer silent, Answer unhealthy) {

    public enum Answer {
        AUTOMATIC,
        NOTIFY
    }

    public static GuestDefaults defaults() {
        return new GuestDefaults(Answer.AUTOMATIC, Answer.AUTOMATIC, Answer.NOTIFY, Answer.NOTIFY, Answer.NOTIFY);
    }

    /** After which failures a guest is begun anew. */
    public Set<GuestFailure> restarted() {
        EnumSet<GuestFailure> restarted = EnumSet.noneOf(GuestFailure.class);
        add(restarted, GuestFailure.PANICKED, panic);
        add(restarted, GuestFailure.LOST, lost);
        add(restarted, GuestFailure.STOPPED, stop);
        add(restarted, GuestFailure.SILENT, silent);
        add(restarted, GuestFailure.UNHEALTHY, unhealthy);
        return restarted;
    }

    private static void add(EnumSet<GuestFailure> to, GuestFailure failure, Answer answer) {
        if (answer == Answer.AUTOMATIC) {
            to.add(failure);
        }
    }
}
