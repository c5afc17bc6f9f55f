package io.holdfast.server.controller;

import io.holdfast.compute.DiskSight;
import io.holdfast.membership.GuestActivity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What several eyes saw of the same disks, as one answer. Pure.
 *
 * <p><b>Rule.</b> Written is what one of them saw written: others may have an old picture of it, and nobody has a newer one than there is.
 * Unchanged is what each disk was to somebody and none to nobody. Else it is not known.
 *
 * @param guests names of the guests by their disks; those that are not in it have another home by now, and are left out
 * @param total how many disks there are, those that nobody was asked for included
 */
record GuestEyes(Map<String, String> guests, int total) {

    /** The controller's own, in words. */
    static final String OWN = "";

    /**
     * @param who a host, or {@link #OWN}
     * @param blind why nothing was seen at all; empty when it was looked
     */
    record Eye(String who, List<DiskSight> disks, String blind) {
        static Eye blind(String who, String reason) {
            return new Eye(who, List.of(), reason);
        }
    }

    /** Whether anybody saw a write of a disk that counts. */
    boolean anyWritten(List<Eye> eyes) {
        return eyes.stream().anyMatch(eye -> !seen(eye, DiskSight.Seen.WRITTEN).isEmpty());
    }

    GuestActivity together(List<Eye> eyes) {
        if (guests.isEmpty()) {
            return new GuestActivity.Unseen("no guest is at home there that should run");
        }
        Map<String, Set<String>> written = new TreeMap<>();
        Set<String> unchanged = new TreeSet<>();
        List<String> witnesses = new ArrayList<>();
        for (Eye eye : eyes) {
            seen(eye, DiskSight.Seen.WRITTEN)
                    .forEach(disk -> written.computeIfAbsent(name(disk), _ -> new TreeSet<>())
                            .add(eye.who()));
            List<String> resting = seen(eye, DiskSight.Seen.UNCHANGED);
            unchanged.addAll(resting);
            if (!resting.isEmpty()) {
                witnesses.add(eye.who().equals(OWN) ? "this controller" : eye.who());
            }
        }
        if (!written.isEmpty()) {
            return new GuestActivity.Written(told(written));
        }
        if (unchanged.size() == guests.size() && total == guests.size()) {
            return new GuestActivity.Unchanged(count(unchanged.size()) + ", seen by " + String.join(", ", witnesses));
        }
        return new GuestActivity.Unseen(
                (unchanged.isEmpty() ? "" : unchanged.size() + " of " + count(total) + " unchanged; ")
                        + why(eyes, unchanged));
    }

    private static String told(Map<String, Set<String>> written) {
        Map.Entry<String, Set<String>> first = written.entrySet().iterator().next();
        String others = written.size() == 1 ? " is" : " and of " + (written.size() - 1) + " more are";
        String who = first.getValue().contains(OWN)
                ? ""
                : ", as " + String.join(" and ", first.getValue())
                        + (first.getValue().size() == 1 ? " sees it" : " see it");
        return "the disk of " + first.getKey() + others + " being written" + who;
    }

    private String why(List<Eye> eyes, Set<String> unchanged) {
        if (eyes.isEmpty()) {
            return "nobody is heard who could look";
        }
        if (guests.size() < total) {
            return "nobody looks at more than " + guests.size();
        }
        return eyes.stream()
                .map(eye -> (eye.who().equals(OWN) ? "here" : eye.who()) + ": "
                        + (eye.blind().isEmpty() ? reason(eye, unchanged) : eye.blind()))
                .collect(Collectors.joining("; "));
    }

    private String reason(Eye eye, Set<String> unchanged) {
        return eye.disks().stream()
                .filter(disk -> guests.containsKey(disk.disk()) && !unchanged.contains(disk.disk()))
                .map(disk -> "the disk of " + name(disk.disk()) + " " + disk.reason())
                .findFirst()
                .orElse("it said nothing of some");
    }

    private List<String> seen(Eye eye, DiskSight.Seen seen) {
        return eye.disks().stream()
                .filter(disk -> disk.seen() == seen && guests.containsKey(disk.disk()))
                .map(DiskSight::disk)
                .toList();
    }

    private String name(String disk) {
        return String.valueOf(guests.get(disk));
    }

    private static String count(int disks) {
        return disks + (disks == 1 ? " disk" : " disks");
    }
}
