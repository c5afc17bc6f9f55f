package io.holdfast.membership.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.HostId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Against a plain tree: what is there, in which order, and that whoever looks at it sees no later change. */
class TurnHostsTest {

    @Property(tries = 300)
    void itIsASortedMapWhoseEarlierViewsStayAsTheyWere(@ForAll long seed) {
        Random random = new Random(seed);
        State before = new State(observer(), HostViews.NONE);
        Map<HostId, HostView> tree = new TreeMap<>();
        List<HostView[]> views = new ArrayList<>();
        List<List<HostView>> seen = new ArrayList<>();
        TurnHosts hosts = new TurnHosts(before);
        for (int i = 0; i < 40; i++) {
            HostView host = HostView.unseen(HostId.of("h" + random.nextInt(12)), new Moment(i, Instant.EPOCH));
            switch (random.nextInt(4)) {
                case 0 -> {
                    views.add(hosts.all());
                    seen.add(List.of(hosts.all()));
                }
                case 1 -> {
                    HostView known = hosts.getOrUnseen(host.id(), new Moment(i, Instant.EPOCH));
                    assertThat(known).isEqualTo(tree.computeIfAbsent(host.id(), _ -> host));
                }
                case 2 -> {
                    hosts.put(host);
                    tree.put(host.id(), host);
                }
                default -> {
                    State after = new State(observer(), hosts.after());
                    assertThat(after.hosts).containsExactlyElementsOf(tree.values());
                    assertThat(after.hosts.size()).isEqualTo(tree.size());
                    hosts = new TurnHosts(after);
                }
            }
            assertThat(hosts.get(host.id())).isEqualTo(tree.get(host.id()));
            assertThat(hosts.all()).containsExactlyElementsOf(tree.values());
        }
        for (int i = 0; i < views.size(); i++) {
            assertThat(views.get(i)).containsExactlyElementsOf(seen.get(i));
        }
    }

    private static Observer observer() {
        Moment now = new Moment(0, Instant.EPOCH);
        return Observer.starting(now, now);
    }
}
