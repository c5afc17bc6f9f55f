package io.holdfast.api.masakari;

import io.holdfast.model.CaseId;
import org.jspecify.annotations.Nullable;

/** What a notification came to, so far. */
record Outcome(
        Notification.Status status, String reason, @Nullable CaseId caseId) {

    static Outcome finished(String reason) {
        return new Outcome(Notification.Status.FINISHED, reason, null);
    }

    static Outcome ignored(String reason) {
        return new Outcome(Notification.Status.IGNORED, reason, null);
    }
}
