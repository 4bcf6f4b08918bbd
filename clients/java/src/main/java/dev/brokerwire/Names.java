package dev.brokerwire;

import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.ProtocolMessageEnum;
import java.util.Locale;

/** Short names of enum values, and those that are newer than this package. */
public final class Names {
    private Names() {}

    /** The short name of a value: {@code partially_filled}. */
    public static String of(ProtocolMessageEnum value) {
        return value.toString().equals("UNRECOGNIZED") ? "unknown" : name(value.getValueDescriptor());
    }

    /**
     * The short name of an enum field's value, {@code partially_filled}, or {@code unknown(77)} for one that is newer
     * than this package: in Java's enums that is UNRECOGNIZED, and only the message keeps its number.
     *
     * @param field its name in the contract: {@code state}
     */
    public static String of(Message message, String field) {
        var descriptor = message.getDescriptorForType().findFieldByName(field);
        return name((EnumValueDescriptor) message.getField(descriptor));
    }

    private static String name(EnumValueDescriptor value) {
        EnumDescriptor type = value.getType();
        if (type.findValueByName(value.getName()) == null) {
            return "unknown(" + value.getNumber() + ")";
        }
        String first = type.findValueByNumber(0).getName();
        String prefix = first.substring(0, first.length() - "UNSPECIFIED".length());
        return value.getName().substring(prefix.length()).toLowerCase(Locale.ROOT);
    }
}
