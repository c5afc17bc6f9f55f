package io.holdfast.api.http;

/** Which shape of an API a caller expects. */
public record Microversion(int major, int minor) implements Comparable<Microversion> {

    /** Of an API that has none. */
    public static final Microversion NONE = new Microversion(0, 0);

    /** Whether this is that minor version or a later one. */
    public boolean atLeast(int minorWanted) {
        return minor >= minorWanted;
    }

    /** Answers 404, as for a path that is not there, unless this version is in the range (both inclusive). */
    public void requireBetween(int least, int most) {
        if (minor < least || minor > most) {
            throw ApiFault.notFound("The resource could not be found in version " + this + " of the API.");
        }
    }

    @Override
    public int compareTo(Microversion other) {
        return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return major + "." + minor;
    }
}
