package io.holdfast.membership.cut;

import io.holdfast.membership.CutSettings;

/**
 * The marks for a host that has fewer observers, or more, than the settings ask for: in the same proportion, rounded so that a
 * host is not cut easier than that.
 *
 * @param observers who count for this host, at least 1
 * @param high so many that do not hear it: it is cut
 * @param low fewer that do not hear it: noise. With one observer both are 1, and with more {@code high} is larger
 */
public record Watermarks(int observers, int high, int low) {

    public static Watermarks of(CutSettings settings, int observers) {
        int high = Math.ceilDiv(settings.highMark() * observers, settings.observers());
        int low = Math.max(1, settings.lowMark() * observers / settings.observers());
        return new Watermarks(observers, observers == 1 ? 1 : Math.max(high, low + 1), low);
    }
}
