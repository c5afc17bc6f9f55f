package io.holdfast.membership.jgroups;

import io.holdfast.membership.Network;
import io.holdfast.membership.cut.LocalHealth;
import io.holdfast.membership.cut.Member;
import io.holdfast.membership.cut.ObserverReport;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What observers say to each other and to controllers, beside the group's own messages: a byte for the kind, and a report's body.
 * Who says it is not in it: that is the address from which it comes.
 */
sealed interface Talk {

    /** @param unheard whether the asked one is silent to who asks */
    record Question(boolean unheard) implements Talk {}

    record Answer() implements Talk {}

    record Report(
            Network network,
            long number,
            LocalHealth health,
            Set<Member> audible,
            Set<Member> unsure,
            Set<Member> silent)
            implements Talk {

        static Report of(ObserverReport said) {
            return new Report(
                    said.network(), said.number(), said.health(), said.audible(), said.unsure(), said.silent());
        }

        ObserverReport by(Member observer) {
            return new ObserverReport(observer, network, number, health, audible, unsure, silent);
        }
    }

    /** 64 observers' worth of the longest names. */
    int BYTES_MAX = 32 * 1024;

    /** Throws {@link BufferOverflowException} for a report that is longer than any can be. */
    default byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(BYTES_MAX);
        switch (this) {
            case Question question -> out.put((byte) (question.unheard ? 2 : 1));
            case Answer _ -> out.put((byte) 3);
            case Report report -> {
                out.put((byte) 4);
                put(out, report.network.name());
                out.putLong(report.number).put((byte) report.health.score());
                put(out, report.audible);
                put(out, report.unsure);
                put(out, report.silent);
            }
        }
        byte[] bytes = new byte[out.flip().remaining()];
        out.get(bytes);
        return bytes;
    }

    /** Empty for what is none of these: damaged, or of a release that knows more. */
    static Optional<Talk> decode(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            Talk talk = switch (in.get()) {
                case 1 -> new Question(false);
                case 2 -> new Question(true);
                case 3 -> new Answer();
                case 4 ->
                    new Report(
                            new Network(text(in)),
                            in.getLong(),
                            new LocalHealth(in.get()),
                            members(in),
                            members(in),
                            members(in));
                default -> null;
            };
            return in.hasRemaining() ? Optional.empty() : Optional.ofNullable(talk);
        } catch (BufferUnderflowException | IllegalArgumentException notOurs) {
            return Optional.empty();
        }
    }

    private static void put(ByteBuffer out, Set<Member> members) {
        out.putShort((short) members.size());
        for (Member member : members) {
            out.put((byte) (member.isHost() ? 1 : 2));
            put(out, member.name());
            put(out, member.session());
        }
    }

    private static void put(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.putShort((short) bytes.length).put(bytes);
    }

    private static Set<Member> members(ByteBuffer in) {
        int count = Short.toUnsignedInt(in.getShort());
        Set<Member> members = new HashSet<>();
        for (int i = 0; i < count; i++) {
            Member.Kind kind = switch (in.get()) {
                case 1 -> Member.Kind.HOST;
                case 2 -> Member.Kind.CONTROLLER;
                default -> throw new IllegalArgumentException("no kind of member");
            };
            members.add(new Member(kind, text(in), text(in)));
        }
        return members;
    }

    private static String text(ByteBuffer in) {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
