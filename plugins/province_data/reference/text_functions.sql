-- Functions the rules call on millions of rows. PostgreSQL replaces each call by the body (inlining), so a body is one
-- expression without sub-selects, and no function is strict, sets a parameter, or claims to be less volatile than its
-- body. An argument that a body uses more than once should be a column or something as cheap: a costly one prevents
-- inlining. Unless said otherwise NULL gives NULL. Words between @ signs are filled in by install.py.

-- ---------------------------------------------------------------- dates

create or replace function reference.is_date(value text) returns boolean
language sql stable parallel safe
return case
    when value is null then null
    when value like '____-__-__' and value not like '%-%-%-%' and value !~ '[^0-9-]' then @real_day@
    else false
end;
comment on function reference.is_date(text) is 'Đúng khi là ngày có thật, viết đúng YYYY-MM-DD.';

create or replace function reference.is_partial_date(value text) returns boolean
language sql stable parallel safe
return case length(value)
    when 10 then reference.is_date(value)
    when 7 then value like '____-__' and value not like '%-%-%' and value !~ '[^0-9-]' and left(value, 4) <> '0000'
        and substr(value, 6) in ('01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12')
    when 4 then value !~ '[^0-9]' and value <> '0000'
    else case when value is not null then false end
end;
comment on function reference.is_partial_date(text) is 'Đúng khi là năm, năm-tháng hoặc ngày có thật (YYYY, YYYY-MM, YYYY-MM-DD).';

create or replace function reference.is_timestamp(value text) returns boolean
language sql stable parallel safe
return reference.is_date(left(value, 10)) and case
    -- The form all sources use needs no regular expression, which would cost ten times as much.
    when value like '____-__-__T__:__:__+07:00' and translate(value, '0123456789', '') = '--T::+:'
        then substr(value, 12, 2) < '24' and substr(value, 15, 1) < '6' and substr(value, 18, 1) < '6'
    else value ~ '^[0-9-]{10}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)$'
end;
comment on function reference.is_timestamp(text) is 'Đúng khi là thời điểm ISO 8601 có múi giờ.';

create or replace function reference.to_date(value text) returns date
language sql stable parallel safe
return case when reference.is_date(value) then value::date end;
comment on function reference.to_date(text) is 'Đổi thành ngày; NULL nếu không phải ngày có thật.';

create or replace function reference.first_day(value text) returns date
language sql stable parallel safe
return case when reference.is_partial_date(value) then (value || substr('-01-01', length(value) - 3))::date end;
comment on function reference.first_day(text) is 'Ngày sớm nhất mà một ngày không đầy đủ có thể là.';

create or replace function reference.last_day(value text) returns date
language sql stable parallel safe
return case
    when not reference.is_partial_date(value) then null
    when length(value) = 4 then (value || '-12-31')::date
    when length(value) = 7 then ((value || '-01')::date + interval '1 month')::date - 1
    else value::date
end;
comment on function reference.last_day(text) is 'Ngày muộn nhất mà một ngày không đầy đủ có thể là.';

create or replace function reference.works_days_between(first_date date, second_date date) returns integer
language sql immutable parallel safe
return (second_date - date '0001-01-01') / 7 * 5 + least((second_date - date '0001-01-01') % 7 + 1, 5)
    - (first_date - date '0001-01-01') / 7 * 5 - least((first_date - date '0001-01-01') % 7 + 1, 5);
comment on function reference.works_days_between(date, date) is
    'Số ngày làm việc (thứ Hai đến thứ Sáu, chưa trừ ngày lễ) sau ngày thứ nhất đến hết ngày thứ hai.';

-- ---------------------------------------------------------------- numbers

create or replace function reference.is_decimal(value text) returns boolean
language sql immutable parallel safe
return value ~ '^-?[0-9]+([.][0-9]+)?$';
comment on function reference.is_decimal(text) is 'Đúng khi là số thập phân dùng dấu chấm.';

create or replace function reference.is_integer(value text) returns boolean
language sql immutable parallel safe
return value ~ '^-?[0-9]+$';
comment on function reference.is_integer(text) is 'Đúng khi là số nguyên.';

-- ---------------------------------------------------------------- personal identification number (NĐ 137/2015 Art. 13)

create or replace function reference.is_personal_id(value text) returns boolean
language sql immutable parallel safe
return value like '____________' and value !~ '[^0-9]';
comment on function reference.is_personal_id(text) is 'Đúng khi gồm đúng 12 chữ số; không xét mã tỉnh và năm sinh.';

create or replace function reference.id_birth_year(value text) returns integer
language sql immutable parallel safe
return case
    when reference.is_personal_id(value) then 1900 + substr(value, 4, 1)::integer / 2 * 100 + substr(value, 5, 2)::integer
end;
comment on function reference.id_birth_year(text) is 'Năm sinh ghi trong số định danh (chữ số 4 đến 6).';

create or replace function reference.id_is_male(value text) returns boolean
language sql immutable parallel safe
return case when reference.is_personal_id(value) then substr(value, 4, 1) in ('0', '2', '4', '6', '8') end;
comment on function reference.id_is_male(text) is 'Giới tính ghi trong số định danh: đúng là nam.';

-- Luật Căn cước 26/2023/QH15 Art. 21: a card issued within two years before an age of renewal runs to the next one.
create or replace function reference.card_expiry(dob date, issued date) returns date
language sql immutable parallel safe
return case
    when issued < (dob + interval '12 years')::date then (dob + interval '14 years')::date
    when issued < (dob + interval '23 years')::date then (dob + interval '25 years')::date
    when issued < (dob + interval '38 years')::date then (dob + interval '40 years')::date
    when issued < (dob + interval '58 years')::date then (dob + interval '60 years')::date
end;
comment on function reference.card_expiry(date, date) is
    'Ngày hết hạn của thẻ căn cước; NULL là không thời hạn. Sinh ngày 29/02 tính theo ngày 28/02 của năm thường.';

-- ---------------------------------------------------------------- tax code

-- An impossible prefix (remainder 0, check digit 10) never equals a digit and so is false.
create or replace function reference.tax_check_digit_ok(value text) returns boolean
language sql immutable parallel safe
return case
    when value is null then null
    when left(value, 10) like '__________' and left(value, 10) !~ '[^0-9]' then
        10 - (
            substr(value, 1, 1)::integer * 31 + substr(value, 2, 1)::integer * 29 + substr(value, 3, 1)::integer * 23
            + substr(value, 4, 1)::integer * 19 + substr(value, 5, 1)::integer * 17 + substr(value, 6, 1)::integer * 13
            + substr(value, 7, 1)::integer * 7 + substr(value, 8, 1)::integer * 5 + substr(value, 9, 1)::integer * 3
        ) % 11 = substr(value, 10, 1)::integer
    else false
end;
comment on function reference.tax_check_digit_ok(text) is 'Đúng khi chữ số thứ mười của mã số thuế là chữ số kiểm tra của chín chữ số đầu.';

-- ---------------------------------------------------------------- parcel code (GeoHash, TT 19/2026/TT-BNNMT) and distance

-- Each letter holds five bits b4…b0; two axes take them in turn, one gets b4 b2 b0 and the other b3 b1.
create or replace function reference._geohash_three_bits(code text, place integer) returns integer
language sql immutable parallel safe
return get_byte(
    '\x0001000102030203000100010203020304050405060706070405040506070607',
    strpos('0123456789bcdefghjkmnpqrstuvwxyz', substr(code, place, 1)) - 1
);

create or replace function reference._geohash_two_bits(code text, place integer) returns integer
language sql immutable parallel safe
return get_byte(
    '\x0000010100000101020203030202030300000101000001010202030302020303',
    strpos('0123456789bcdefghjkmnpqrstuvwxyz', substr(code, place, 1)) - 1
);

create or replace function reference.is_geohash(value text) returns boolean
language sql immutable parallel safe
return value like '____________' and value !~ '[^0-9b-hjkmnp-z]';
comment on function reference.is_geohash(text) is 'Đúng khi gồm 12 ký tự của bảng chữ GeoHash.';

create or replace function reference.geohash_lat(value text) returns double precision
language sql immutable parallel safe
return case when reference.is_geohash(value) then (
    ((reference._geohash_two_bits(value, 1) * 8 + reference._geohash_three_bits(value, 2)) << 25)
    + ((reference._geohash_two_bits(value, 3) * 8 + reference._geohash_three_bits(value, 4)) << 20)
    + ((reference._geohash_two_bits(value, 5) * 8 + reference._geohash_three_bits(value, 6)) << 15)
    + ((reference._geohash_two_bits(value, 7) * 8 + reference._geohash_three_bits(value, 8)) << 10)
    + ((reference._geohash_two_bits(value, 9) * 8 + reference._geohash_three_bits(value, 10)) << 5)
    + (reference._geohash_two_bits(value, 11) * 8 + reference._geohash_three_bits(value, 12))
    + 0.5::double precision) * 180 / 1073741824 - 90
end;
comment on function reference.geohash_lat(text) is 'Vĩ độ tâm ô của mã thửa 12 ký tự; NULL nếu mã sai hình thức.';

create or replace function reference.geohash_lon(value text) returns double precision
language sql immutable parallel safe
return case when reference.is_geohash(value) then (
    ((reference._geohash_three_bits(value, 1) * 4 + reference._geohash_two_bits(value, 2)) << 25)
    + ((reference._geohash_three_bits(value, 3) * 4 + reference._geohash_two_bits(value, 4)) << 20)
    + ((reference._geohash_three_bits(value, 5) * 4 + reference._geohash_two_bits(value, 6)) << 15)
    + ((reference._geohash_three_bits(value, 7) * 4 + reference._geohash_two_bits(value, 8)) << 10)
    + ((reference._geohash_three_bits(value, 9) * 4 + reference._geohash_two_bits(value, 10)) << 5)
    + (reference._geohash_three_bits(value, 11) * 4 + reference._geohash_two_bits(value, 12))
    + 0.5::double precision) * 360 / 1073741824 - 180
end;
comment on function reference.geohash_lon(text) is 'Kinh độ tâm ô của mã thửa 12 ký tự; NULL nếu mã sai hình thức.';

-- The other way round, for records that bring coordinates instead of a code: 30 bits of each, longitude first.
create or replace function reference.geohash(lat double precision, lon double precision) returns text
language sql immutable parallel safe
return case when lat is not null and lon is not null then (
    select string_agg(substr('0123456789bcdefghjkmnpqrstuvwxyz', letter.value + 1, 1), '' order by letter.place)
    from (
        select place / 5 as place, sum(
            (case place % 2
                when 0 then floor((lon + 180) / 360 * 1073741824)::bigint
                else floor((lat + 90) / 180 * 1073741824)::bigint
            end >> (29 - place / 2) & 1)::integer << (4 - place % 5)
        )::integer as value
        from generate_series(0, 59) as bit (place)
        group by place / 5
    ) as letter
) end;
comment on function reference.geohash(double precision, double precision) is 'Mã 12 ký tự của ô GeoHash chứa một điểm.';

create or replace function reference.distance_m(
    lat1 double precision, lon1 double precision, lat2 double precision, lon2 double precision
) returns double precision
language sql immutable parallel safe
return 2 * 6371008.8 * asin(least(1, sqrt(
    power(sind((lat2 - lat1) / 2), 2) + cosd(lat1) * cosd(lat2) * power(sind((lon2 - lon1) / 2), 2)
)));
comment on function reference.distance_m(double precision, double precision, double precision, double precision) is
    'Khoảng cách trên mặt cầu, mét.';

-- ---------------------------------------------------------------- names

create or replace function reference._nfc(value text) returns text
language sql immutable parallel safe
return case when value is nfc normalized then value else normalize(value, nfc) end;

-- Lower case, one kind of đ, no apostrophes, every other punctuation a single blank, no honorific in front.
create or replace function reference._plain_name(value text) returns text
language sql immutable parallel safe
return regexp_replace(trim(regexp_replace(
    replace(replace(replace(replace(@lower@, 'ð', 'đ'), '''', ''), '’', ''), '`', ''),
    '[ \t\n\r\u00a0.,;:()"_/*-]{2,}|[\t\n\r\u00a0.,;:()"_/*-]', ' ', 'g'
)), '^(hộ (gia đình )?)?(ông|bà|cụ|anh|chị) ', '');

-- The tone of an open oa, oe, uy stands on the first letter, except in quy. Wants a blank after each syllable.
create or replace function reference._old_tone_place(value text) returns text
language sql immutable parallel safe
return replace(
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
        replace(value, 'qu', 'q|'),
        'oà ', 'òa '), 'oá ', 'óa '), 'oả ', 'ỏa '), 'oã ', 'õa '), 'oạ ', 'ọa '),
        'oè ', 'òe '), 'oé ', 'óe '), 'oẻ ', 'ỏe '), 'oẽ ', 'õe '), 'oẹ ', 'ọe '),
        'uỳ ', 'ùy '), 'uý ', 'úy '), 'uỷ ', 'ủy '), 'uỹ ', 'ũy '), 'uỵ ', 'ụy '),
    'q|', 'qu');

create or replace function reference.name_key(value text) returns text
language sql immutable parallel safe
return rtrim(reference._old_tone_place(reference._plain_name(reference._nfc(value)) || ' '));
comment on function reference.name_key(text) is
    'Khóa so sánh họ tên: NFC, Ð thành Đ, chữ thường, một cách đặt dấu thanh, bỏ ông, bà, cụ, anh, chị và dấu câu.';

create or replace function reference.bare_name(value text) returns text
language sql immutable parallel safe
return translate(
    normalize(reference._plain_name(reference._nfc(value)), nfd),
    U&'\0111\0300\0301\0303\0309\0323\0302\0306\031B', 'd'
);
comment on function reference.bare_name(text) is 'Khóa họ tên bỏ dấu, chỉ dùng để gom nhóm trước khi so sánh.';

create or replace function reference.names_unit(address text, unit text) returns boolean
language sql immutable parallel safe
return coalesce((
    select bool_or(reference.name_key(part) = reference.name_key(unit)) from string_to_table(address, ',') as parts (part)
), false);
comment on function reference.names_unit(text, text) is
    'Đúng khi một phần của địa chỉ, giữa hai dấu phẩy, là tên của đơn vị; không phân biệt chữ hoa và cách đặt dấu thanh.';

-- ---------------------------------------------------------------- identities

-- For the few pairs that already differ: these two are too large to be inlined.
create or replace function reference.name_similarity(first_name text, second_name text) returns double precision
language sql immutable parallel safe
return case when first_name is not null and second_name is not null then (
    with pairs as (
        select side, substr(' ' || key || ' ', place, 2) as pair, count(*) as times
        from (values (1, reference.bare_name(first_name)), (2, reference.bare_name(second_name))) as names (side, key),
            generate_series(1, length(key) + 1) as place
        group by side, pair
    )
    select coalesce(2.0 * sum(least(one.times, two.times)) / (select sum(times) from pairs), 0)
    from pairs as one join pairs as two on one.pair = two.pair and one.side = 1 and two.side = 2
) end;
comment on function reference.name_similarity(text, text) is
    'Độ giống nhau của hai họ tên bỏ dấu, từ 0 đến 1, theo các cặp chữ cái liền nhau.';

-- A swapped day and month, a neighbouring year and the first of January of an unknown day are slips, not another person; blanks are no name.
create or replace function reference.is_other_person(first_name text, first_dob text, second_name text, second_dob text)
returns boolean
language sql immutable parallel safe
return coalesce(reference.name_similarity(nullif(btrim(first_name), ''), nullif(btrim(second_name), '')) < 0.6, false)
    or coalesce(abs(left(first_dob, 4)::integer - left(second_dob, 4)::integer) > 1, false)
    or coalesce(
        length(first_dob) = 10 and length(second_dob) = 10
        and right(first_dob, 5) <> '01-01' and right(second_dob, 5) <> '01-01'
        and (left(first_dob, 4) <> left(second_dob, 4))::integer + (substr(first_dob, 6, 2) <> substr(second_dob, 6, 2))::integer
            + (right(first_dob, 2) <> right(second_dob, 2))::integer >= 2
        and left(first_dob, 4) || right(first_dob, 2) || substr(first_dob, 6, 2) <> replace(second_dob, '-', ''),
        false);
comment on function reference.is_other_person(text, text, text, text) is
    'Đúng khi họ tên giống nhau dưới 0,6 hoặc ngày sinh khác hẳn nhau, không phải chỉ nhầm lẫn khi ghi.';

-- How a stated name stands to the two names population holds of a person; for the few pairs that differ as they were sent.
create or replace function reference.name_match(stated text, full_name text, other_name text) returns text
language sql immutable parallel safe
return case when stated is not null and full_name is not null then (
    with keyed as (
        select regexp_replace(reference.name_key(stated), '^(hộ kinh doanh|hkd) (của )?((ông|bà) )?', '') as key
    ),
    compared as (
        select key, string_to_array(reference.bare_name(key), ' ') as own, string_to_array(reference.bare_name(full_name), ' ') as theirs,
            reference.name_similarity(key, full_name) as similarity
        from keyed
    )
    select case
        when key in (reference.name_key(full_name), reference.name_key(other_name)) then 'equal'
        when own = theirs then 'tone'
        when own @> theirs and theirs @> own and cardinality(own) = cardinality(theirs) then 'swapped'
        when own[1] = theirs[1] and own[cardinality(own)] = theirs[cardinality(theirs)] and (own <@ theirs or theirs <@ own) then 'middle'
        when similarity >= 0.8 then 'letter'
        when similarity >= 0.6 then 'close'
        else 'other'
    end
    from compared
) end;
comment on function reference.name_match(text, text, text) is
    'So họ tên đã khai với họ tên và tên khác trong dân cư: equal, tone, swapped, middle, letter, close, other.';

create or replace function reference.date_match(stated text, held text) returns text
language sql immutable parallel safe
return case
    when stated is null or held is null then null
    when stated = held then 'equal'
    when left(stated, length(held)) = left(held, length(stated)) then 'partial'
    when left(stated, 4) || right(stated, 2) || substr(stated, 6, 2) = replace(held, '-', '') then 'swapped'
    when abs(left(stated, 4)::integer - left(held, 4)::integer) > 1 then 'other'
    when length(stated) < 10 or length(held) < 10 or right(stated, 5) = '01-01' or right(held, 5) = '01-01' then 'near'
    when (left(stated, 4) <> left(held, 4))::integer + (substr(stated, 6, 2) <> substr(held, 6, 2))::integer
        + (right(stated, 2) <> right(held, 2))::integer >= 2 then 'other'
    else 'near'
end;
comment on function reference.date_match(text, text) is
    'So hai ngày sinh: equal, partial (khớp đến mức đã khai), swapped (đảo ngày tháng), near (lệch một phần), other; NULL khi thiếu.';

-- A to E as a link between a record and a person of population. A number alone proves little when everything else speaks against it,
-- and the year of birth is part of the number: agreeing in the year only is no second witness.
create or replace function reference.link_grade(method text, name_match text, date_match text) returns text
language sql immutable parallel safe
return case
    when method = 'old_number' then 'C'
    when method is distinct from 'number' then null
    when name_match = 'equal' and date_match in ('equal', 'partial') then 'A'
    when name_match = 'other' and coalesce(date_match, 'other') in ('other', 'partial') then 'E'
    else 'B'
end;
comment on function reference.link_grade(text, text, text) is
    'Hạng liên kết: A đã xác minh, B có thể đúng, C qua số CMND cũ, E mâu thuẫn; NULL khi chưa liên kết.';
