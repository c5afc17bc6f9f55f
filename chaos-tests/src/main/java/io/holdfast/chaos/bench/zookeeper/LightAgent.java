package io.holdfast.chaos.bench.zookeeper;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.BinaryOutputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.CreateResponse;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.ExistsResponse;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;
import org.jspecify.annotations.Nullable;

/**
 * One agent's session with ZooKeeper, and its lease: the same requests at the same pace as {@code HostLease} makes, on a
 * connection of its own, without a client's six threads. All of it on the thread of its connection.
 *
 * <p>A session that was cut goes on if the server still has it, and is made anew if it has ended, as every client does.
 */
final class LightAgent {

    private static final long LOOK_MILLIS = 250;

    private static final long GIVES_UP_NANOS = 10_000_000_000L;

    /** The number that ZooKeeper's protocol has for a ping. */
    private static final int PING = -2;

    private static final int PERSISTENT = 0;
    private static final int EPHEMERAL = 1;

    private final Crowd crowd;
    private final String leasePath;
    private final String recordPath;
    private final byte[] lease;

    private final Deque<Asked> open = new ArrayDeque<>();
    private volatile @Nullable Channel channel;
    private long sessionId;
    private byte[] password = new byte[16];
    private final AtomicBoolean atTheDoor = new AtomicBoolean();
    private boolean connected;
    private volatile boolean held;
    private volatile boolean ended;
    private int xid;

    /** A question that is not answered yet; ZooKeeper answers in order. */
    private record Asked(Record response, long askedNanos, Answer then) {}

    private interface Answer {
        void heard(int error) throws IOException;
    }

    LightAgent(Crowd crowd, String leasePath, String recordPath, byte[] lease) {
        this.crowd = crowd;
        this.leasePath = leasePath;
        this.recordPath = recordPath;
        this.lease = lease;
    }

    /** @return whether it was */
    boolean atTheDoor(boolean now) {
        return atTheDoor.getAndSet(now);
    }

    boolean isHeld() {
        return held;
    }

    /** It is gone, as a host that lost its power: no word is said, and nobody closes the session. */
    void crash() {
        ended = true;
        held = false;
        Channel now = channel;
        if (now != null) {
            var _ = now.close();
        }
    }

    boolean isCrashed() {
        return ended;
    }

    SimpleChannelInboundHandler<ByteBuf> handler() {
        return new SimpleChannelInboundHandler<>() {
            @Override
            protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) throws Exception {
                read(frame);
            }

            @Override
            public void channelInactive(ChannelHandlerContext context) {
                lost();
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                crowd.failed(cause);
                var _ = context.close();
            }
        };
    }

    /** The connection is encrypted; now the session. */
    void opened(Channel now) throws IOException {
        channel = now;
        connected = false;
        open.clear();
        send(null, new ConnectRequest(0, 0, crowd.sessionMillis(), sessionId, password, false));
        crowd.after(now, GIVES_UP_NANOS / 1_000_000, () -> {
            if (now.equals(channel) && !connected) {
                var _ = now.close();
            }
        });
    }

    private void lost() {
        channel = null;
        connected = false;
        open.clear();
        crowd.done(this);
        if (!ended) {
            crowd.connectAgain(this);
        }
    }

    private void read(ByteBuf frame) throws IOException {
        BinaryInputArchive in = BinaryInputArchive.getArchive(new ByteBufInputStream(frame));
        if (!connected) {
            ConnectResponse granted = new ConnectResponse();
            granted.deserialize(in, "connect");
            if (granted.getTimeOut() <= 0) {
                // The session has ended; the next one is a new one, and so is the lease.
                crowd.expired();
                held = false;
                sessionId = 0;
                password = new byte[16];
                close();
                return;
            }
            sessionId = granted.getSessionId();
            password = granted.getPasswd();
            connected = true;
            look();
            return;
        }
        ReplyHeader header = new ReplyHeader();
        header.deserialize(in, "header");
        if (header.getXid() < 0) {
            return;
        }
        Asked asked = open.removeFirst();
        if (header.getErr() == 0) {
            asked.response().deserialize(in, "response");
        }
        asked.then().heard(header.getErr());
    }

    /** Looks whether the lease is there, and makes it if not; again and again while the connection lasts. */
    private void look() throws IOException {
        Channel now = channel;
        if (now == null || !connected) {
            return;
        }
        Asked oldest = open.peekFirst();
        if (oldest != null) {
            if (System.nanoTime() - oldest.askedNanos() > GIVES_UP_NANOS) {
                close();
                return;
            }
            // A client pings while it waits for an answer, and so its session is renewed. (One that hears nothing for
            // two thirds
            // of its session also leaves its connection. Here that would be all of them at once, whenever this process
            // does not get a processor for so long, which no host of a real segment would share with the others.)
            ping();
        } else {
            ExistsResponse there = new ExistsResponse();
            ask(ZooDefs.OpCode.exists, new ExistsRequest(leasePath, false), there, error -> {
                if (error == Code.NONODE.intValue()) {
                    held = false;
                    take();
                } else if (error != 0) {
                    close();
                } else if (there.getStat().getEphemeralOwner() == sessionId) {
                    crowd.done(this);
                    if (!held) {
                        taken();
                    }
                }
            });
        }
        crowd.after(now, LOOK_MILLIS, this::look);
    }

    private void take() throws IOException {
        ask(ZooDefs.OpCode.create, create(leasePath, EPHEMERAL), new CreateResponse(), error -> {
            if (error != 0 && error != Code.NODEEXISTS.intValue()) {
                close();
            } else if (error == 0) {
                taken();
                ask(ZooDefs.OpCode.create, create(recordPath, PERSISTENT), new CreateResponse(), written -> {
                    if (written != 0 && written != Code.NODEEXISTS.intValue()) {
                        close();
                    }
                });
            }
        });
    }

    private void taken() {
        held = true;
        crowd.done(this);
    }

    private void ping() throws IOException {
        Channel now = channel;
        if (now != null) {
            ByteBuf buffer = now.alloc().buffer(8);
            new RequestHeader(PING, ZooDefs.OpCode.ping)
                    .serialize(BinaryOutputArchive.getArchive(new ByteBufOutputStream(buffer)), "header");
            var _ = now.writeAndFlush(buffer, now.voidPromise());
        }
    }

    private CreateRequest create(String path, int flags) {
        return new CreateRequest(path, lease, ZooDefs.Ids.OPEN_ACL_UNSAFE, flags);
    }

    private void ask(int type, Record request, Record response, Answer then) throws IOException {
        open.addLast(new Asked(response, System.nanoTime(), then));
        crowd.asked();
        send(new RequestHeader(++xid & Integer.MAX_VALUE, type), request);
    }

    private void send(@Nullable RequestHeader header, Record request) throws IOException {
        Channel now = channel;
        if (now == null) {
            return;
        }
        ByteBuf buffer = now.alloc().buffer(256);
        BinaryOutputArchive out = BinaryOutputArchive.getArchive(new ByteBufOutputStream(buffer));
        if (header != null) {
            header.serialize(out, "header");
        }
        request.serialize(out, "request");
        var _ = now.writeAndFlush(buffer, now.voidPromise());
    }

    private void close() {
        Channel now = channel;
        if (now != null) {
            var _ = now.close();
        }
    }
}
