package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.ipmi.rmcp.Packet;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A BMC on a UDP port, from {@link #start} to {@link #close}. What it does is {@link BmcMind}'s. Its faults may be changed at any
 * time by any thread.
 */
public final class SimulatedBmc implements AutoCloseable {

    private final DatagramSocket socket;
    private final BmcMind mind;
    private final Chassis chassis;
    private final Random dice;
    private final Thread thread;
    private volatile BmcFaults faults = BmcFaults.NONE;
    private volatile @Nullable IOException broken;

    private SimulatedBmc(DatagramSocket socket, BmcIdentity identity, Chassis chassis, long seed) {
        this.socket = socket;
        this.chassis = chassis;
        this.mind = new BmcMind(identity, chassis, new SecureRandom());
        this.dice = new Random(seed);
        this.thread = Thread.ofVirtual().name("bmc-" + socket.getLocalPort()).unstarted(this::serve);
    }

    /**
     * @param at address and port to listen at; port 0 for any that is free
     * @param seed of the faults that happen by chance
     * @throws IOException if that port cannot be had
     */
    public static SimulatedBmc start(InetSocketAddress at, BmcIdentity identity, long seed) throws IOException {
        SimulatedBmc bmc = new SimulatedBmc(new DatagramSocket(at), identity, new Chassis(), seed);
        bmc.thread.start();
        return bmc;
    }

    public int port() {
        return socket.getLocalPort();
    }

    public Chassis chassis() {
        return chassis;
    }

    /** From the next datagram on. */
    public void faults(BmcFaults wanted) {
        faults = wanted;
    }

    /** How many sessions are open right now. */
    public int openSessions() {
        synchronized (mind) {
            return mind.openSessions(System.nanoTime());
        }
    }

    /**
     * Waits until it is closed.
     *
     * @throws IOException if its socket broke
     */
    public void join() throws InterruptedException, IOException {
        thread.join();
        IOException failure = broken;
        if (failure != null) {
            throw failure;
        }
    }

    private void serve() {
        DatagramPacket heard = new DatagramPacket(new byte[Packet.BYTES_MAX], Packet.BYTES_MAX);
        try {
            while (true) {
                heard.setLength(Packet.BYTES_MAX);
                socket.receive(heard);
                byte[] octets = new byte[heard.getLength()];
                System.arraycopy(heard.getData(), 0, octets, 0, octets.length);
                handle(Bytes.of(octets), heard.getSocketAddress());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            if (!socket.isClosed()) {
                broken = e;
            }
        }
    }

    private void handle(Bytes datagram, SocketAddress from) throws IOException, InterruptedException {
        BmcFaults now = faults;
        if (now.silent() || lost(now)) {
            return;
        }
        Duration pause = now.delay();
        int ordersBefore = chassis.orderCount();
        Optional<Bytes> answer;
        synchronized (mind) {
            answer = mind.answer(datagram, now, System.nanoTime());
        }
        if (chassis.orderCount() > ordersBefore) {
            pause = pause.plus(now.orderDelay());
        }
        if (!pause.isZero()) {
            Thread.sleep(pause);
        }
        if (answer.isEmpty()) {
            return;
        }
        for (int copy = 0; copy < (now.twice() ? 2 : 1); copy++) {
            if (!lost(now)) {
                byte[] octets = now.garbled()
                        ? garbled(answer.get().toArray())
                        : answer.get().toArray();
                socket.send(new DatagramPacket(octets, octets.length, from));
            }
        }
    }

    private boolean lost(BmcFaults now) {
        return now.lossShare() > 0 && dice.nextDouble() < now.lossShare();
    }

    private byte[] garbled(byte[] octets) {
        octets[dice.nextInt(octets.length)] ^= (byte) (1 + dice.nextInt(255));
        return octets;
    }

    @Override
    public void close() {
        socket.close();
        thread.interrupt();
    }
}
