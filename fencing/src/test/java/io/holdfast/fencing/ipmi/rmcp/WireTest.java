package io.holdfast.fencing.ipmi.rmcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.fencing.ipmi.rmcp.Handshake.OpenRequest;
import io.holdfast.fencing.ipmi.rmcp.Handshake.OpenResponse;
import io.holdfast.fencing.ipmi.rmcp.Handshake.Rakp1;
import io.holdfast.fencing.ipmi.rmcp.Handshake.Rakp2;
import io.holdfast.fencing.ipmi.rmcp.Handshake.Rakp3;
import io.holdfast.fencing.ipmi.rmcp.Handshake.Rakp4;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is written can be read, and whatever comes in is read or named. */
class WireTest {

    private static final SessionKeys KEYS_3 = keys(Suite.SUITE_3);
    private static final SessionKeys KEYS_17 = keys(Suite.SUITE_17);

    private static SessionKeys keys(Suite suite) {
        Bytes random = Bytes.of(new byte[16]);
        return new KeyExchange(suite, 1, 2, random, random, random, 0x13, Bytes.EMPTY).keys(Secret.ofPassword("p"));
    }

    @Property
    void aHandshakeMessageIsReadAsItWasWritten(@ForAll("handshakes") Handshake message) throws GarbledException {
        Packet packet = Packet.decode(message.encode());

        assertThat(packet).isInstanceOf(Packet.Opening.class);
        assertThat(Handshake.decode((Packet.Opening) packet)).isEqualTo(message);
    }

    @Property
    void anIpmiMessageIsReadAsItWasWritten(@ForAll("messages") IpmiMessage message) throws GarbledException {
        assertThat(IpmiMessage.decode(message.encode())).isEqualTo(message);
        for (boolean format15 : new boolean[] {true, false}) {
            Packet.Bare bare = new Packet.Bare(message.encode(), format15);
            assertThat(Packet.decode(bare.encode())).isEqualTo(bare);
        }
    }

    @Property
    void aSealedMessageIsReadAsItWasWritten(
            @ForAll("messages") IpmiMessage message, @ForAll int id, @ForAll int sequence, @ForAll long seed)
            throws GarbledException {
        for (SessionKeys keys : List.of(KEYS_3, KEYS_17)) {
            Bytes datagram = keys.seal(id, sequence, message, new Random(seed));

            Packet.Sealed sealed = (Packet.Sealed) Packet.decode(datagram);

            assertThat(sealed.sessionId()).isEqualTo(id);
            assertThat(sealed.sequence()).isEqualTo(sequence);
            assertThat(keys.open(sealed)).isEqualTo(message);
            assertThat(sealed.encode()).isEqualTo(datagram);
        }
    }

    @Property
    void aSealedMessageThatWasTouchedIsNeverOpened(@ForAll("messages") IpmiMessage message, @ForAll long seed) {
        Random dice = new Random(seed);
        for (SessionKeys keys : List.of(KEYS_3, KEYS_17)) {
            byte[] octets = keys.seal(7, 9, message, dice).toArray();
            // Behind the RMCP header every bit is under the code.
            octets[4 + dice.nextInt(octets.length - 4)] ^= (byte) (1 << dice.nextInt(8));

            assertThatThrownBy(() -> {
                        if (Packet.decode(Bytes.of(octets)) instanceof Packet.Sealed sealed) {
                            keys.open(sealed);
                        } else {
                            throw new GarbledException("no longer a sealed packet");
                        }
                    })
                    .isInstanceOf(GarbledException.class);
        }
    }

    /** Whoever has the keys may still write nonsense: the right code under sizes and paddings that lie. */
    @Property
    void nonsenseUnderARightCodeIsNamed(@ForAll byte[] inner, @ForAll int length, @ForAll int pad) {
        for (Suite suite : Suite.values()) {
            SessionKeys keys = suite == Suite.SUITE_3 ? KEYS_3 : KEYS_17;
            Bytes signed = new Output()
                    .u8(Packet.FORMAT_20)
                    .u8(0xc0)
                    .le32(1)
                    .le32(1)
                    .le16(length)
                    .bytes(Bytes.of(inner))
                    .u8(pad)
                    .u8(7)
                    .done();
            readOrName(() -> keys.open(new Packet.Sealed(1, 1, signed.plus(keys.codeOf(signed)))));
        }
    }

    @Property(tries = 5000)
    void randomOctetsAreReadOrNamed(@ForAll byte[] octets) {
        readOrName(() -> readWhole(Bytes.of(octets)));
    }

    @Property(tries = 5000)
    void mutatedDatagramsAreReadOrNamed(
            @ForAll("handshakes") Handshake handshake, @ForAll("messages") IpmiMessage message, @ForAll long seed) {
        Random dice = new Random(seed);
        List<Bytes> valid = List.of(
                handshake.encode(),
                new Packet.Ping(1).encode(),
                new Packet.Pong(1).encode(),
                new Packet.Bare(message.encode(), true).encode(),
                new Packet.Bare(message.encode(), false).encode(),
                KEYS_3.seal(1, 1, message, dice));
        byte[] octets = valid.get(dice.nextInt(valid.size())).toArray();
        for (int i = dice.nextInt(4); i >= 0; i--) {
            octets[dice.nextInt(octets.length)] = (byte) dice.nextInt(256);
        }
        int size = dice.nextBoolean() ? octets.length : dice.nextInt(octets.length + 1);
        readOrName(() -> readWhole(Bytes.of(octets).slice(0, size)));
    }

    private interface Reading {
        void run() throws GarbledException;
    }

    private static void readOrName(Reading reading) {
        try {
            reading.run();
        } catch (GarbledException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    private static void readWhole(Bytes datagram) throws GarbledException {
        switch (Packet.decode(datagram)) {
            case Packet.Ping _, Packet.Pong _ -> {}
            case Packet.Bare bare -> IpmiMessage.decode(bare.message());
            case Packet.Opening opening -> Handshake.decode(opening);
            case Packet.Sealed sealed -> {
                readOrName(() -> KEYS_3.open(sealed));
                KEYS_17.open(sealed);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', the datagram ends after 0 bytes",
        "05, what answers there does not speak RMCP",
        "0600ff08, RMCP class 8 is neither ASF nor IPMI",
        "0600ff06000011be10000000, ASF message 16 is neither ping nor pong",
        "0600ff070102, session format 1 is not RMCP+",
        "0600ff0706110000000000000000ff00, the packet promises 255 bytes and has 0",
        "0600ff0706110100000000000000000000, 'a packet of a session that is not sealed, payload type 17'",
        "0600ff0706300000000000000000000000, payload type 48 outside a session",
        "0600ff07061100000000000000000100aa, the open session response ends after 1 bytes"
    })
    void whatIsWrongIsNamed(String hex, String message) {
        assertThatThrownBy(() -> readWhole(Bytes.ofHex(hex)))
                .isInstanceOf(GarbledException.class)
                .hasMessage(message);
    }

    @Provide
    Arbitrary<IpmiMessage> messages() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 255),
                        Arbitraries.integers().between(0, 63),
                        Arbitraries.integers().between(0, 63),
                        Arbitraries.integers().between(0, 255),
                        octets(0, 40))
                .as((address, netFn, sequence, command, body) ->
                        new IpmiMessage(address, netFn, 255 - address, sequence, command, body));
    }

    @Provide
    Arbitrary<Handshake> handshakes() {
        Arbitrary<Integer> octet = Arbitraries.integers().between(0, 255);
        Arbitrary<Integer> status = Arbitraries.integers().between(1, 0x12);
        Arbitrary<Integer> algorithm = Arbitraries.integers().between(0, 63);
        Arbitrary<Integer> id = Arbitraries.integers();
        Arbitrary<Bytes> random = octets(16, 16);
        return Arbitraries.oneOf(
                Combinators.combine(octet, Arbitraries.integers().between(0, 15), id, algorithm, algorithm)
                        .as((tag, level, console, one, two) -> new OpenRequest(tag, level, console, one, two, one)),
                Combinators.combine(octet, octet, id, id, algorithm)
                        .as((tag, level, console, bmc, one) ->
                                new OpenResponse(tag, 0, level, console, bmc, one, one, one)),
                Combinators.combine(octet, status, id).as(OpenResponse::refusal),
                Combinators.combine(octet, id, random, octet, octets(0, 16)).as(Rakp1::new),
                Combinators.combine(octet, id, random, random, octets(0, 32))
                        .as((tag, console, nonce, guid, code) -> new Rakp2(tag, 0, console, nonce, guid, code)),
                Combinators.combine(octet, status, id).as(Rakp2::refusal),
                Combinators.combine(octet, octet, id, octets(0, 32)).as(Rakp3::new),
                Combinators.combine(octet, id, octets(0, 16))
                        .as((tag, console, check) -> new Rakp4(tag, 0, console, check)),
                Combinators.combine(octet, status, id)
                        .as((tag, refused, console) -> new Rakp4(tag, refused, console, Bytes.EMPTY)));
    }

    private static Arbitrary<Bytes> octets(int min, int max) {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofMinSize(min)
                .ofMaxSize(max)
                .map(Bytes::of);
    }
}
