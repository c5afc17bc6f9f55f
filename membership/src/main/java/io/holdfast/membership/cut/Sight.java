package io.holdfast.membership.cut;

import io.holdfast.model.HostId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is on a network, as a controller takes it.
 *
 * <table>
 *   <caption>From the own view and the observers' opinion</caption>
 *   <tr><th>own view</th><th>opinion of at least two observers</th><th>taken as</th></tr>
 *   <tr><td>there</td><td>none</td><td>there</td></tr>
 *   <tr><td>there</td><td>heard</td><td>there</td></tr>
 *   <tr><td>there</td><td>cut</td><td>gone; the view will follow</td></tr>
 *   <tr><td>not there</td><td>none</td><td>gone</td></tr>
 *   <tr><td>not there</td><td>heard</td><td>there: one coordinator did not hear it, or we are cut off ourselves</td></tr>
 *   <tr><td>not there</td><td>cut</td><td>gone</td></tr>
 *   <tr><td>we are not on that network, or cut ourselves, or alone in the view</td><td>of one observer or more: heard, cut</td><td>there, gone</td></tr>
 *   <tr><td>we are not on that network, or cut ourselves, or alone in the view</td><td>none</td><td>gone</td></tr>
 * </table>
 *
 * @param agents agent sessions that are there, by host
 * @param others controllers in our own view, beside ourselves
 * @param words what the observers say of hosts that not all of them hear
 */
public record Sight(Map<HostId, Set<String>> agents, int others, Map<HostId, String> words) {

    public Sight {
        agents = Map.copyOf(agents);
        words = Map.copyOf(words);
    }

    /**
     * @param self who we are: a member like others, whom the others may not hear
     * @param view who stands in our own view, ourselves left out; null when we have none on that network
     * @param held by {@link CutDetector#look}
     */
    public static Sight of(Member self, @Nullable Set<Member> view, Map<Member, CutDetector.Held> held) {
        CutDetector.Held ourselves = held.get(self);
        // Who is alone in its view has nothing to say against an observer whose report has come all the same, over
        // another network.
        // That others say so is no substitute: they forget whom they have not heard for a minute, and so us.
        boolean alone = view != null && view.isEmpty();
        Set<Member> believed =
                alone || (ourselves != null && ourselves.opinion().cut()) ? null : view;
        int observersLeast = believed == null ? 1 : 2;
        Set<Member> there = new HashSet<>(believed == null ? Set.of() : believed);
        Map<Member, Opinion> counted = new HashMap<>();
        held.forEach((member, each) -> {
            if (member.isHost() && each.opinion().observers() >= observersLeast) {
                counted.put(member, each.opinion());
            }
        });
        counted.forEach((member, opinion) -> {
            if (opinion.cut()) {
                there.remove(member);
            } else {
                there.add(member);
            }
        });
        Map<HostId, Set<String>> agents = new HashMap<>();
        int others = 0;
        for (Member member : there) {
            if (member.isHost()) {
                agents.computeIfAbsent(member.host(), unseen -> new HashSet<>()).add(member.session());
            } else {
                others++;
            }
        }
        Map<HostId, String> words = new HashMap<>();
        counted.forEach((member, opinion) -> {
            // That an earlier life of a host is gone is no word about the one that is there.
            boolean past = opinion.cut() && agents.containsKey(member.host());
            if (!past && !opinion.silentTo().isEmpty()) {
                words.put(member.host(), opinion.text());
            }
        });
        return new Sight(agents, others, words);
    }

    /**
     * The same of the network on which this controller calls the hosts. Who hears none of them there itself has nothing to conclude
     * from a call that is not answered, however well others hear them: it sees nobody, and so takes itself for cut off.
     *
     * @param view who stands in our own view; null when we have none there
     * @param own our own report; null before the first
     */
    public Sight withOwnEars(@Nullable Set<Member> view, @Nullable ObserverReport own) {
        boolean hears = view == null
                || view.stream().anyMatch(Member::isHost)
                || (own != null && own.audible().stream().anyMatch(Member::isHost));
        return hears ? this : new Sight(Map.of(), others, words);
    }
}
