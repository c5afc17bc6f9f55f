package io.holdfast.fencing;

import java.util.List;

/** How an attempt to isolate a host ended. There is no fourth way. */
public sealed interface FenceResult {

    /** What was done and seen, in order, one line each, for the case's timeline. */
    List<String> steps();

    /** The power was read back off on a session of its own. */
    record Proven(FenceProof proof, List<String> steps) implements FenceResult {
        public Proven {
            steps = List.copyOf(steps);
        }
    }

    /** The device answered, and the host still has power, or the order was refused. */
    record Failed(String reason, List<String> steps) implements FenceResult {
        public Failed {
            steps = List.copyOf(steps);
        }
    }

    /** Nobody could say whether the host has power. It must be treated as running. */
    record Unknown(String reason, List<String> steps) implements FenceResult {
        public Unknown {
            steps = List.copyOf(steps);
        }
    }
}
