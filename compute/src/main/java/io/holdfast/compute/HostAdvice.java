package io.holdfast.compute;

import java.util.List;

/**
 * All that somebody outside says of one host now.
 *
 * @param advisories those in force, by kind and source
 * @param weight points that were set for it; 0 for none
 */
public record HostAdvice(List<Advisory> advisories, double weight) {

    public static final HostAdvice NONE = new HostAdvice(List.of(), 0);

    public HostAdvice {
        advisories = List.copyOf(advisories);
    }
}
