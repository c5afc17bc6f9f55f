package io.holdfast.server.controller;

import io.holdfast.fencing.HardwareHealth;
import io.holdfast.fencing.HardwareLook;
import io.holdfast.membership.AgentHealth;
import io.holdfast.membership.HardwareSign;
import org.jspecify.annotations.Nullable;

/** From what a fence device tells of the hardware to what membership makes of it. */
final class HardwareSigns {

    private HardwareSigns() {}

    static @Nullable HardwareSign of(HardwareLook.@Nullable Found found) {
        return found == null
                ? null
                : new HardwareSign(
                        grade(found.health().grade()),
                        found.source(),
                        found.health().summary());
    }

    private static AgentHealth.Grade grade(HardwareHealth.Grade grade) {
        return switch (grade) {
            case GOOD -> AgentHealth.Grade.GOOD;
            case POOR -> AgentHealth.Grade.POOR;
            case BAD -> AgentHealth.Grade.BAD;
            case UNKNOWN -> AgentHealth.Grade.UNKNOWN;
        };
    }
}
