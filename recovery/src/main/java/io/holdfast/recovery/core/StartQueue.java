package io.holdfast.recovery.core;

import io.holdfast.model.HostId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who of those that have a home is started next.
 *
 * <p>Booting guests take what a host has; so only so many start on one host at a time, and only so many in all. The
 * places go by priority, and among equals to who came first. Whoever is less important waits as long as somebody more
 * important lacks a place, also where its own host has one free: otherwise a stream of unimportant instances would hold
 * the places in all that the important one is waiting for.
 */
public final class StartQueue {

    private StartQueue() {}

    /** @param key the caller's own name for it */
    public record Waiting(String key, HostId host, int priority) {}

    /**
     * @param waiting in the order they came
     * @param starting how many are being started on each host now
     * @param claiming priority of the most important one whose claim is under way, or {@link Integer#MIN_VALUE}: it will
     *     want a place in a moment
     * @return the keys of those to be started now, in that order
     */
    public static List<String> next(
            List<Waiting> waiting, Map<HostId, Integer> starting, int claiming, int maxPerHost, int maxTotal) {
        Map<HostId, Integer> here = new HashMap<>(starting);
        int total = here.values().stream().mapToInt(Integer::intValue).sum();
        int mostImportantLeft = claiming;
        List<String> next = new ArrayList<>();
        List<Waiting> byPriority = new ArrayList<>(waiting);
        byPriority.sort(Comparator.comparingInt(Waiting::priority).reversed());
        for (Waiting one : byPriority) {
            if (total >= maxTotal || one.priority() < mostImportantLeft) {
                break;
            }
            if (here.getOrDefault(one.host(), 0) >= maxPerHost) {
                mostImportantLeft = Math.max(mostImportantLeft, one.priority());
                continue;
            }
            here.merge(one.host(), 1, Integer::sum);
            total++;
            next.add(one.key());
        }
        return next;
    }
}
