package io.holdfast.compute;

import io.holdfast.model.HostId;
import java.time.Duration;
import java.util.Map;

/**
 * The book of what is said of hosts from outside. Whoever says something says for how long: a monitor that dies takes its words with it, and
 * a word that is out of date is as if nobody had given it.
 *
 * <p>Each verb is one transaction, with the facts that follow from it. Refusals are {@link ComputeException}s: NOT_FOUND for a host
 * or a word that is not there, INVALID for what cannot be said. Any thread may call.
 */
public interface Advisories {

    Duration TIME_TO_LIVE_MAX = Duration.ofDays(7);

    /** Of all sources together; whatever says more is broken. */
    int PER_HOST_MAX = 32;

    double WEIGHT_MAX = 1000;

    /** By host; who is not named has {@link HostAdvice#NONE}. */
    Map<HostId, HostAdvice> inForce();

    /**
     * Says it, or says it anew: from now on it is in force so long. It is told when it was not in force before.
     *
     * @param source the user who says so; two who say the same are two words
     * @param timeToLive 1 s to {@link #TIME_TO_LIVE_MAX}
     */
    Advisory post(HostId host, String kind, String source, String detail, Duration timeToLive);

    /** Takes it back. NOT_FOUND when it is not in force. */
    void withdraw(HostId host, String kind, String source);

    /** Sets points for a host, until they are set anew; 0 for none. */
    void weigh(HostId host, double weight, String by);

    /**
     * Removes words whose time is over, and tells of it. Whoever removes one tells it, so it is told once whoever looks, also a leader that does
     * not know yet that another leads.
     *
     * @return how many
     */
    int expire();
}
