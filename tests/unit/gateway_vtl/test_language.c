/* What Velocity 1.7 renders, with references to nothing as "", recorded row by row. */
#include "tests/unit/gateway_vtl/render.h"

#include "core/mem.h"

#include <criterion/criterion.h>

static const char *const body =
    "{\"a\":1,\"s\":\"x\",\"l\":[1,2.5,{\"k\":\"v\"}],\"n\":null,\"big\":12345678901234567890,"
    "\"m\":{\"foo\":[{\"nested\":\"bar\"}]},\"f\":1.1,\"e\":[],\"o\":{}}";

struct row {
    const char *template;
    const char *text;
};

static void expect_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expect_text(rows[i].template, body, rows[i].text);
    }
}

static const struct row texts[] = {
    {"a $5 b", "a $5 b"},
    {"a $!5 b", "a $5 b"},
    {"x#1 #-5 #fff y", "x#1 #-5 #fff y"},
    {"${", "${"},
    {"${}x", "${}x"},
    {"${ foo}", "${ foo}"},
    {"$(x) $$foo $$ x", "$(x) $ $$ x"},
    {"$[0] $![0]", "$[0] $![0]"},
    {"Costs $5.00, 100% #1", "Costs $5.00, 100% #1"},
    {"#5 # x", "#5 # x"},
    {"$#if(true)x#end", "x"},
    {"# #if(true)x#end", "# x"},
    {"<a href=\"#top\">", "<a href=\"#top\">"},
};

Test(vtl, keeps_text_that_is_no_template_as_it_is)
{
    expect_rows(texts, COUNT_OF(texts));
}

static const struct row references[] = {
    {"#set($a=1)$a ${a} $!a $!{a} $ab ${a}b $a.b $a-b $a.", "1 1 1 1  1b   1."},
    {"$und ${und} $!und $!{und}|", "   |"},
    {"#set($a=1)$$a $!$a $$$a", "$1 $!1 $$1"},
    {"#set($m={\"k\":{\"l\":[1,2]}})$m.k.l[1] ${m.k.l} $m[\"k\"][\"l\"][0] $m.k.l[-1] $m.nope.k "
     "$!m.nope",
     "2 [1, 2] 1 2  "},
    {"$input.path('$').s()x $input.path('$').l[0]y.z", "x 1y"},
};

Test(vtl, renders_references_in_each_of_their_forms)
{
    expect_rows(references, COUNT_OF(references));
}

static const struct row escapes[] = {
    {"#set($foo=1)\\$foo \\\\$foo \\\\\\$foo \\$!foo \\${foo} \\\\$!foo",
     "$foo \\1 \\$foo $!foo ${foo} \\1"},
    {"\\#if \\\\#if(true)x#end \\#foo \\\\#foo \\\\ \\a \\#end \\#{if} \\#set \\\\#set($x=1)",
     "#if \\x \\#foo \\\\#foo \\\\ \\a #end #{if} #set \\\\"},
    {"\\", "\\"},
    {"\\\\", "\\\\"},
    {"#macro(m)x#end\\#m() \\\\#m()", "#m() \\x"},
    {"\"\\n\"", "\"\\n\""},
};

Test(vtl, takes_backslashes_before_references_and_directives)
{
    expect_rows(escapes, COUNT_OF(escapes));
}

static const struct row blanks[] = {
    {"  #if(true)\n  a\n  #end\nb", "    a\n  b"},
    {"text\n   #set($x=1)\nmore", "text\n   more"},
    {"#set($a=1)\n   #set($b=2)\nmore", "more"},
    {"$und #set($x=1) a", " a"},
    {"#if(true)\nyes\n#else\nno\n#end\nafter", "yes\nafter"},
    {"#if( false )\na\n#elseif( true )\nb\n#end\n", "b\n"},
    {"line1\n#set( $a = 1 )\nline2\n#foreach( $i in [1..2] )\n  item $i\n#end\nend\n",
     "line1\nline2\n  item 1\n  item 2\nend\n"},
    {"#if(true) x#end y", " x y"},
    {"#if(true) \t\nx#end\ny", "xy"},
    {"{\n#foreach($i in [1,2])\n  \"k$i\": $i#if($foreach.hasNext),#end\n\n#end\n}",
     "{\n  \"k1\": 1,\n  \"k2\": 2\n}"},
    {"#stop\nx", ""},
    {"a\n#break\nb", "a\n"},
    {"#macro(m)\nx\n#end\n#m()\ny", "x\ny"},
};

Test(vtl, takes_the_blanks_and_line_ends_of_directives_as_velocity_does)
{
    expect_rows(blanks, COUNT_OF(blanks));
}

static const struct row comments[] = {
    {"a ## comment\nb", "a b"},
    {"a #* c *# b", "a  b"},
    {"##", ""},
    {"a##b", "a"},
    {"a#**formal*#b#**#c", "abc"},
    {"#[[ $x #if ]]# z", " $x #if  z"},
    {"#[[]]#", ""},
    {"## $x #if\nb", "b"},
    {"$input.path('$').s## no comment", "x## no comment"},
};

Test(vtl, leaves_comments_out_and_unparsed_text_in)
{
    expect_rows(comments, COUNT_OF(comments));
}

static const struct row conditions[] = {
    {"#if(\"abc\")y#{else}n#end #if(1)y#{else}n#end #if(1+1)y#{else}n#end #if([])y#{else}n#end "
     "#if($x)y#{else}n#end",
     "n n n n y"},
    {"#if($und)y#{else}n#end #if(!$und)y#{else}n#end #if($und==\"\" && $und==$null)y#{else}n#end",
     "y n y"},
    {"#if(1==1.0)a#end#if(\"1\"==1)b#end#if(true==\"true\")c#end#if(1<2)d#end#if(2<=2)e#end#if("
     "\"a\"<\"b\")f#end#if(3>2&&2>1)g#end#if(false||true)h#end#if(!false)i#end#if(not "
     "false)j#end#if(1 eq 1)k#end#if(1 ne 2)l#end#if(1 lt 2 and 2 gt 1)m#end#if(1 le 1 or 1 ge "
     "2)n#end#if(!(1==2))o#end",
     "abcdeghijklmno"},
    {"#if([1,2]==[1,2])a#end#if({\"a\":1}=={\"a\":1})b#end#if($input.path('$.e')==[])c#end#if(\"[1,"
     " 2]\"==[1,2])d#end#if($n==$m)e#end#if(1/0==$null)f#end",
     "abcde"},
    {"#if($input.path('$.s'))y#end#if($und)y#end#if(!$und)n#{else}y#end#if($und == "
     "\"\")y#end#if($und == $null)y#end#if($input.path('$.n') == \"\")y#end",
     "yyyyyy"},
};

Test(vtl, decides_conditions)
{
    expect_rows(conditions, COUNT_OF(conditions));
}

static const struct row expressions[] = {
    {"#set($x=\"a\"\"b\")$x", "a\"b"},
    {"#set($x='a''b')$x", "a'b"},
    {"#set($x=\"a\\tb\\n\\u0041\")$x", "a\\tb\\nA"},
    {"#set($x=5)#set($y=$x-3)$y", ""},
    {"#set($x=5)#set($y=$x - 3)$y", "2"},
    {"#set($x=1.0)$x #set($x=1e10)$x #set($x=0.00001)$x #set($x=123456789.5)$x #set($x=100.0/3)$x "
     "#set($x=7/2)$x #set($x=-7/2)$x #set($x=-7%3)$x",
     "1.01.0E101.0E-51.234567895E833.3333333333333363-3-1"},
    {"#set($x=1/0)[$x]", "[]"},
    {"#set($x=\"a\"+1)$x #set($x=1+\"a\")$x #set($x=$und+1)$x", "a11a1"},
    {"#set($x=true && false)$x #set($x=!true)$x #set($x=1==1)$x #set($x=1<2)$x #set($x=[1..5])$x "
     "#set($x=[3..1])$x #set($x=[$a..3])$x #set($n=2)#set($x=[$n..4])$x "
     "#set($x=[\"a\",1,true,1.5,$n,[1],{\"k\":\"v\"}])$x",
     "falsefalsetruetrue[1, 2, 3, 4, 5][3, 2, 1][3, 2, 1][2, 3, 4][a, 1, true, 1.5, 2, [1], "
     "{k=v}]"},
    {"#set($x=\"a $n ${n}b #if(true)yes#end $$ #\")$x #set($n=1)#set($x=\"$n$n.x ${n} \\$n "
     "#set($y=3)$y\")$x #set($z='$n')$z",
     "a  b yes $$ #1 1 $n3$n"},
    {"#set($x=\"\\u0041\\u00e9\")$x #set($x='\\u0041')$x", "Aé\\u0041"},
    {"#set($i=5)#set($i=$i+1)$i #set($i=$i*2)$i #set($i=$i/5)$i #set($i=$i%2)$i #set($i=10 - 3 - "
     "2)$i #set($i=2+3*4)$i #set($i=(2+3)*4)$i #set($i=7.5/2)$i #set($i=1.0*3)$i "
     "#set($i=0.1+0.2)$i #set($i=10/4.0)$i #set($i = 5.5 % 2)$i",
     "61220514203.753.00.300000000000000042.51.5"},
};

Test(vtl, evaluates_expressions)
{
    expect_rows(expressions, COUNT_OF(expressions));
}

static const struct row loops[] = {
    {"#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "1,2,3"},
    {"#foreach($i in $input.path('$.l'))$i;#end $input.path('$.l') $input.json('$.l') "
     "$input.path('$.m') $input.path('$.big') $input.json('$') $input.path('$.f')",
     "1;2.5;{k=v}; [1,2.5,{\"k\":\"v\"}] [1,2.5,{\"k\":\"v\"}] {foo=[{\"nested\":\"bar\"}]} "
     "12345678901234567890 "
     "{\"a\":1,\"s\":\"x\",\"l\":[1,2.5,{\"k\":\"v\"}],\"n\":null,\"big\":12345678901234567890,"
     "\"m\":{\"foo\":[{\"nested\":\"bar\"}]},\"f\":1.1,\"e\":[],\"o\":{}} 1.1"},
    {"#foreach($i in [1..9])$i#if($i==3)#break#end#end!", "123!"},
    {"#foreach($i in [1..9])$i#if($i==3)#break($foreach)#end#end!", "123!"},
    {"#foreach($a in [1..3])#foreach($b in "
     "[1..2])$a$b:$foreach.index/$foreach.parent.index/$foreach.count $foreach.first "
     "$foreach.last;#end#end",
     "11:0/0/1 true false;12:1/0/2 false true;21:0/1/1 true false;22:1/1/2 false true;31:0/2/1 "
     "true false;32:1/2/2 false true;"},
    {"#foreach($a in [1..3])#foreach($b in [1..3])#if($b==2)#break($foreach.parent)#end$a$b "
     "#end#end",
     "11 "},
    {"#foreach($a in [1..3])#foreach($b in [1..3])#if($b==2)#break#end$a$b #end#end!",
     "11 21 31 !"},
    {"#foreach($x in \"str\")a#end#foreach($x in $nope)b#end#foreach($x in 5)c#end#foreach($x in "
     "{\"a\":1})$x#end#foreach($x in [])d#end",
     "1"},
    {"#foreach($x in $input.path('$.l'))$x,#end #foreach($x in [1,$nope,3])[$x]#end #foreach($x in "
     "$input.path('$.nn'))[$x]#end",
     "1,2.5,{k=v}, [1][][3] "},
    {"#set($a=\"outer\")#foreach($a in [\"x\"])$a#end $a #foreach($q in [1])$q#end[$q] "
     "$velocityCount #foreach($q in [7,8])$velocityCount$velocityHasNext#end",
     "x outer 1[]  1true2false"},
    {"#foreach($i in [1..2])#set($foreach.x=$i)$foreach.x#end", "12"},
};

Test(vtl, goes_through_lists_and_maps)
{
    expect_rows(loops, COUNT_OF(loops));
}

static const struct row macros[] = {
    {"#macro(foo $a)[$a]#end#foo(\"x\")#foo('y')#foo #foo() z", "[x][y][] [] z"},
    {"#foo(\"x\")#macro(foo $a)[$a]#end", "[x]"},
    {"#macro(foo $a)[$a]#end#macro(foo $a)<$a>#end#foo(1)", "[1]"},
    {"#macro(foo)[$bodyContent]#end#@foo()hi #set($q=1)#end $q", "[hi ] 1"},
    {"#define($d)<$x>#end#set($x=1)$d#set($x=2)$d", "<1><2>"},
    {"#macro(sw $a $b)#set($t=$a)#set($a=$b)#set($b=$t)#end#set($x=1)#set($y=2)#sw($x $y)$x $y "
     "#sw(1 2) [$a]",
     "1 2  [2]"},
    {"#macro(rec $n)$n#if($n>0)#set($k=$n - 1)#rec($k)#end#end#rec(3)", "3210"},
    {"#define($d)a$d#end$d", "aa$d"},
    {"#define($d)x#end#set($s=\"<$d>\")$s #if($d==\"x\")y#end $d.length() #set($e=$d)$e",
     "<x> y x"},
    {"#macro(lst $items)#foreach($i in "
     "$items)<$i>#end#end#lst([1,2,3])#lst($input.path('$.e'))#lst(\"x\")",
     "<1><2><3>"},
    {"#macro(p $x)$x$!x${x}#end#p()#p($nope)#p(\"q\")#set($v=5)#p(\"$v!\")", "qqq5!5!5!"},
    {"#macro(outer)[$bodyContent]#end#macro(inner $t)<$t "
     "$bodyContent>#end#@outer()#@inner(\"z\")in#end#end",
     "[<z in>]"},
};

Test(vtl, calls_macros_and_defines)
{
    expect_rows(macros, COUNT_OF(macros));
}

static const struct row leaving[] = {
    {"#stop", ""},
    {"a#stop b", "a"},
    {"a#stop(\"x\")b", "a"},
    {"#break", ""},
    {"a #break b", "a "},
    {"#foreach($i in [1..9])$i#if($i==3)#stop#end#end!", "123"},
    {"#macro(m)a#break b#end#m()c", "ac"},
    {"#define($d)a#break b#end$d c", "a c"},
};

Test(vtl, stops_and_breaks)
{
    expect_rows(leaving, COUNT_OF(leaving));
}

static const struct row texts_of_java[] = {
    {"#set($s=\"Hello, World\")$s.length() $s.substring(7) $s.substring(0,5) $s.indexOf(\"o\") "
     "$s.indexOf(\"o\",5) $s.lastIndexOf(\"o\") $s.toUpperCase() $s.toLowerCase() $s.charAt(4) "
     "$s.contains(\"World\") $s.startsWith(\"He\") $s.endsWith(\"x\") $s.replace(\"l\",\"L\") "
     "$s.concat(\"!\") $s.equals(\"x\") $s.equalsIgnoreCase(\"hello, world\") $s.isEmpty() "
     "$s.empty",
     "12 World Hello 4 8 8 HELLO, WORLD hello, world o true true false HeLLo, WorLd Hello, World! "
     "false true false false"},
    {"#set($s=\"  a b \")[$s.trim()] [$s.isBlank()] [$s.strip()] [$s.stripLeading()] "
     "[$s.stripTrailing()] $s.repeat(2)",
     "[a b] [false] [a b] [a b ] [  a b]   a b   a b "},
    {"#set($s=\"a,b,,c,,\")$s.split(\",\").size() #foreach($p in $s.split(\",\"))<$p>#end "
     "$s.split(\",\").get(1) $s.split(\",\")[0] $s.split(\",\",2)[1] $s.split(\"x\").size() "
     "$s.split(\",\").isEmpty()",
     "4 <a><b><><c> b a b,,c,, 1 false"},
    {"#set($s=\"\")$s.split(\",\").size() #set($q=\"abc\")$q.split(\"\").size() #foreach($c in "
     "$q.split(\"\"))$c.#end #set($r=\",a\")$r.split(\",\").size()",
     "13 a.b.c.2"},
    {"#set($s=\"a1b22c333\")$s.replaceAll(\"[0-9]+\",\"#\") "
     "$s.replaceAll(\"([a-z])([0-9]+)\",\"$2$1\") $s.replaceFirst(\"[0-9]\",\"X\") "
     "$s.matches(\"[a-z0-9]+\") $s.matches(\"[a-z]\") $s.replaceAll(\"(?<n>b)\",\"<\\$1>\")",
     "a#b#c# 1a22b333c aXb22c333 true false a1<$1>22c333"},
    {"#set($s=\"x\")$s.replaceAll(\"x\",\"\\\\\") ", "\\ "},
    {"#set($s=\"abc\")$s.replaceAll(\"\",\"-\") $s.replace(\"\",\"-\") $s.replaceAll(\"x*\",\"-\")",
     "-a-b-c- -a-b-c- -a-b-c-"},
    {"#set($s=\"héllo wörld €𝄞x\")$s.length() $s.indexOf(\"x\") $s.toUpperCase() $s.substring(13) "
     "$s.substring(1,3) $s.charAt(12)",
     "16 15 HÉLLO WÖRLD €𝄞X 𝄞x él €"},
    {"#set($s=\"a\")#set($s=$s.concat(\"b\").concat(\"c\"))$s "
     "$s.toUpperCase().toLowerCase().length()",
     "abc 3"},
};

Test(vtl, has_the_methods_of_strings)
{
    expect_rows(texts_of_java, COUNT_OF(texts_of_java));
}

static const struct row lists[] = {
    {"#set($l=[])#set($x=$l.add(\"a\"))$l.add(\"b\") $l $l.size() $l.get(0) $l[1] $l[-1] "
     "$l.contains(\"a\") $l.isEmpty() #set($x=$l.set(0,\"z\"))$l $l.remove(\"z\") $l "
     "$l.add(0,\"q\") $l $l.addAll([\"1\",\"2\"]) $l $l.subList(1,3) $l.lastIndexOf(\"2\") "
     "$l.clear() $l",
     "true [a, b] 2 a b b true false[z, b] true [b]  [q, b] true [q, b, 1, 2] [b, 1] 3  []"},
    {"#set($l=[1,2])$l.remove(0) $l #set($l[0]=9)$l #set($l[-1]=8)$l", "1 [2][9][8]"},
    {"#set($l=[1,2,3])#set($z=$l.remove(1))$l $z $l.contains(3) $l.indexOf(3)", "[1, 3] 2 true 1"},
};

Test(vtl, has_the_methods_of_lists)
{
    expect_rows(lists, COUNT_OF(lists));
}

static const struct row maps[] = {
    {"#set($m={\"a\":1,\"b\":[1,2,\"x\"],1:2})$m $m.a $m.b $m.get(1) $m.get(\"1\") $m[1] $m[\"a\"] "
     "$m.size()",
     "{a=1, b=[1, 2, x], 1=2} 1 [1, 2, x] 2  2 1 3"},
    {"#set($m={})$m.put(\"a\",1)$m.put(\"a\",2) $m $m.get(\"a\") $m.b $m.get(\"b\")x "
     "$m.containsKey(\"a\") $m.containsValue(2) $m.size() $m.isEmpty() $m.empty $m.keySet() "
     "$m.values() $m.entrySet() $m.remove(\"a\") $m",
     "1 {a=2} 2  x true true 1 false  [a] [2] [a=2] 2 {}"},
    {"#set($m={\"x\":1,\"y\":\"z\"})#foreach($e in "
     "$m.entrySet())$e.key=$e.value;$e.getKey()=$e.getValue() $e #end #foreach($k in "
     "$m.keySet())$k:$m.get($k),$m[$k]#end #foreach($v in $m)$v#end #foreach($v in "
     "$m.values())$v#end",
     "x=1;x=1 x=1 y=z;y=z y=z  x:1,1y:z,z 1z 1z"},
    {"#set($m={\"x\":1})#set($m.y=2)#set($m[\"z\"]=3)#set($m.n.o=4)$m #set($q={})$q.putAll($m)$q "
     "$q.getOrDefault(\"nope\",\"d\") $m.keySet().get(0) $m.keySet()[0] $m.values().size()",
     "{x=1, y=2, z=3}{x=1, y=2, z=3} d   3"},
    {"#set($m={})$m.replace(\"a\",1)$m #set($x=$m.put(\"a\",1))$m.replace(\"a\",2) $m $m.clear() "
     "$m",
     "{}1 {a=2}  {}"},
    {"#set($m={})#foreach($i in [1..20])#set($x=$m.put($i,\"v$i\"))#end$m.get(13) $m.size() "
     "#foreach($i in [5..15])#set($x=$m.remove($i))#end$m.keySet() $m.get(13) $m.get(20)",
     "v13 20 [1, 2, 3, 4, 16, 17, 18, 19, 20]  v20"},
};

Test(vtl, has_the_methods_of_maps)
{
    expect_rows(maps, COUNT_OF(maps));
}

static const struct row others[] = {
    {"#set($Integer=0)$Integer.parseInt(\"42\") $Integer.valueOf(\"7\") $Integer.toString() "
     "$Integer.equals(0) #set($d=3.7)$d.intValue() $d.doubleValue() $Integer.max(3,4)",
     "42 7 0 true3 3.7 4"},
    {"#set($b=true)$b.toString() $b.booleanValue() $b.equals(true) #set($l=[1,\"a\"])$l.toString() "
     "#set($m={\"a\":[1]})$m.toString() $m.toString().length()",
     "true true true[1, a]{a=[1]} 7"},
};

Test(vtl, has_the_methods_of_numbers_and_booleans)
{
    expect_rows(others, COUNT_OF(others));
}

static const struct row json[] = {
    {"$input.path('$.m') $input.path('$.l') $input.path('$.l[2]') $input.path('$.big') "
     "$input.path('$.f') $input.path('$.e') $input.path('$.o') $input.path('$.n')|",
     "{foo=[{\"nested\":\"bar\"}]} [1,2.5,{\"k\":\"v\"}] {k=v} 12345678901234567890 1.1 [] {} |"},
    {"$input.json('$') $input.json('$.l') $input.json('$.s') $input.json('$.nope') "
     "$input.json('$.a')",
     "{\"a\":1,\"s\":\"x\",\"l\":[1,2.5,{\"k\":\"v\"}],\"n\":null,\"big\":12345678901234567890,"
     "\"m\":{\"foo\":[{\"nested\":\"bar\"}]},\"f\":1.1,\"e\":[],\"o\":{}} [1,2.5,{\"k\":\"v\"}] "
     "\"x\" \"\" 1"},
    {"$input.path('$').m.foo[0].nested $input.path('$.m').foo.get(0).nested "
     "$input.path('$.l').size() $input.path('$.l')[2].k",
     "bar bar 3 v"},
    {"#set($x=$input.path('$.m'))#set($y=$x.put(\"z\",[1,\"b\",{\"c\":true}]))$x",
     "{foo=[{\"nested\":\"bar\"}], z=[1, b, {c=true}]}"},
    {"$input.path('$').keySet() $input.path('$').size()", "[a, s, l, n, big, m, f, e, o] 9"},
};

Test(vtl, prints_maps_as_java_does_and_lists_of_json_as_json)
{
    expect_rows(json, COUNT_OF(json));
}
