package io.holdfast.membership.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.membership.GroupAddress;
import io.holdfast.membership.GroupDirectory;
import io.holdfast.membership.MembershipSettings;
import io.holdfast.membership.Network;
import io.holdfast.membership.NetworkSettings;
import io.holdfast.membership.TestPki;
import io.holdfast.membership.cut.Member;
import io.holdfast.model.HostId;
import io.holdfast.model.SegmentId;
import io.holdfast.secrets.TlsKeys;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jgroups.Event;
import org.jgroups.JChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupChannelTest {

    private static final SegmentId SEGMENT = SegmentId.of("s1");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    static Path pki;

    private static TlsKeys tls;

    private final Map<String, GroupAddress> published = new ConcurrentHashMap<>();
    private final Map<String, Set<Member>> views = new ConcurrentHashMap<>();
    private final List<Set<Member>> every = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeAll
    static void makeIdentity() throws Exception {
        tls = TestPki.create(pki);
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : opened.reversed()) {
            one.close();
        }
    }

    @Test
    void aMemberThatAcceptsConnectionsAndNeverAnswersStandsInNobodysWay() throws Exception {
        // What is left of a process that stands still: its kernel, which accepts and says nothing.
        ServerSocket stopped = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        opened.add(stopped);
        published.put("stopped", new GroupAddress("127.0.0.1", stopped.getLocalPort()));

        open("c1");
        awaitTogether(1, "c1");
        open("h1");
        awaitTogether(2, "c1", "h1");
        open("h2");
        awaitTogether(3, "c1", "h1", "h2");

        every.clear();
        // Several rounds in which the members look for others and find one that does not answer.
        await().during(Duration.ofSeconds(6))
                .atMost(LIMIT)
                .untilAsserted(() -> assertThat(every)
                        .as("views after all had come together")
                        .isEmpty());
    }

    @Test
    void whoAnnouncedAViewThatNeverCameLooksForOtherGroupsAgain() {
        GroupChannel one = open("c1");
        awaitTogether(1, "c1");
        JChannel channel = Objects.requireNonNull(one.channel());
        GroupChannel.merging(channel).down(new Event(Event.TMP_VIEW, channel.getView()));
        assertThat(GroupChannel.merging(channel).rests()).isTrue();

        await().atMost(LIMIT)
                .untilAsserted(
                        () -> assertThat(GroupChannel.merging(channel).rests()).isFalse());
    }

    private GroupChannel open(String name) {
        GroupChannel channel = new GroupChannel(
                MembershipSettings.defaults(),
                new GroupPlace(
                        SEGMENT,
                        Network.MANAGEMENT,
                        Member.host(HostId.of(name), "session"),
                        new NetworkSettings("127.0.0.1", 0, List.of())),
                tls,
                new SharedDirectory(),
                new GroupChannel.Ear() {
                    @Override
                    public void onView(Set<Member> members) {
                        views.put(name, members);
                        every.add(members);
                    }

                    @Override
                    public void onMessage(Member from, byte[] bytes) {}
                });
        opened.add(channel);
        channel.start();
        return channel;
    }

    private void awaitTogether(int size, String... names) {
        await().atMost(LIMIT).untilAsserted(() -> {
            for (String name : names) {
                assertThat(views).containsKey(name);
                assertThat(views.get(name).size()).as("view of " + name).isEqualTo(size);
            }
        });
    }

    /** One directory for all members, which forgets nobody. */
    private final class SharedDirectory implements GroupDirectory {

        @Override
        public List<GroupAddress> members() {
            return List.copyOf(published.values());
        }

        @Override
        public boolean isRead() {
            return true;
        }

        @Override
        public void publish(String member, GroupAddress address) {
            published.put(member, address);
        }

        @Override
        public void close() {}
    }
}
