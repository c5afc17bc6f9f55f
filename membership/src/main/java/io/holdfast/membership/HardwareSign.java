package io.holdfast.membership;

import io.holdfast.membership.AgentHealth.Grade;
import java.util.Locale;

/**
 * What a host's management controller says of its hardware. As an agent's word, it can say what is wrong with a host that lives, and
 * never that one is dead.
 *
 * @param source the device that said so
 * @param detail for people: what is wrong, or why nothing is known
 */
public record HardwareSign(Grade grade, String source, String detail) {

    /** In words. */
    public String text() {
        String word = grade.name().toLowerCase(Locale.ROOT);
        return detail.isBlank() ? word : word + ": " + detail;
    }
}
