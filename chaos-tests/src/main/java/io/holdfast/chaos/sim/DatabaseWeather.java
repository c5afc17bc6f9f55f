package io.holdfast.chaos.sim;

/** What a transaction may live through at present. Shared by all who call the database. */
public final class DatabaseWeather {

    private boolean up = true;
    private double errors;
    private double unknown;

    /** Killed, stalled or failing over: nobody is answered. */
    public void up(boolean now) {
        up = now;
    }

    public boolean isUp() {
        return up;
    }

    /** @param share of calls that fail before they have done anything */
    public void errors(double share) {
        errors = share;
    }

    double errors() {
        return errors;
    }

    /** @param share of commits that are not answered; half of them happened, the others will, within 20 s */
    public void unknown(double share) {
        unknown = share;
    }

    double unknown() {
        return unknown;
    }
}
